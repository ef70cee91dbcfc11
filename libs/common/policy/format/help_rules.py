"""The rules of a notice about help with the contribution, as the file states them (no decisions)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

import yaml

from libs.common.money import parse_yuan
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Closes, Fen, Percent, Source, reader
from libs.common.policy.format.refund_rules import Proof


@dataclass(frozen=True, slots=True)
class AidAmount:
    """How much a subsidy is: a fixed sum, a named amount, a share of one, a taper, or not known.

    In the file: `130元`, `own`, `unknown`, or a block with `percent`/`taper`/`parameter` and `of`.
    `taper` gives the share for each year since the status took effect; after its last entry nothing.
    `taper_from` says to which year its first entry belongs, `taper_year` names that year.
    """

    fen: Fen | None = None
    of: str | None = None
    percent: Percent | None = None
    taper: tuple[Percent, ...] = ()
    taper_from: v.TaperFrom = "year_of_recognition"
    taper_year: int | None = None
    parameter: str | None = None

    @staticmethod
    def read_node(src: Source, node: yaml.Node) -> "AidAmount | None":
        """Read the short forms beside the block form."""
        if not isinstance(node, yaml.ScalarNode):
            return cast("AidAmountBlock | None", reader(AidAmountBlock)(src, node))
        if node.value == "unknown":
            return AidAmount()
        if node.value.isidentifier():
            return AidAmount(of=node.value, percent=Percent(100))
        try:
            return AidAmount(fen=Fen(parse_yuan(node.value)))
        except ValueError:
            src.flaw(node, f"{node.value!r} is no amount", "write 130元, the name of an amount, or unknown")
            return None


@dataclass(frozen=True, slots=True)
class AidAmountBlock(AidAmount):
    """The block form of an amount."""

    read_node = None  # type: ignore[assignment]  # it is read like any other block


@dataclass(frozen=True, slots=True)
class Entitled:
    """One status that a subsidy goes to, with the classes, grades and facts that qualify."""

    status: str
    classes: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()
    not_grades: tuple[int, ...] = ()
    when: Condition | None = None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class RosterRule:
    """Until when a roster must have reached the bureau, and what follows when it is late."""

    clause: str
    cutoff_on: date
    if_missed: v.Missed
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DividingDate:
    """Statuses listed after this day are helped by another mechanism."""

    clause: str
    listed_after: date
    mechanism: v.Mechanism
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognized:
    """Which recognitions bring the help: what was in force at the end of `held_on`, or was recognized from
    `from` to `to` (days, both included). Where both are written either is enough."""

    clause: str
    held_on: date | None = None
    from_: date | None = None
    to: date | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    """Help with a person's contribution: to whom, how much, from whom and how.

    With `for: []` it is for everybody whom `when` names, whatever status they have.
    """

    id: str
    clause: str
    label: Label
    for_: tuple[Entitled, ...]
    payer: str
    amount: AidAmount
    mechanism: v.Mechanism
    when: Condition | None = None
    tier: int | None = None
    stage: str | None = None
    top_up: bool = False
    roster: RosterRule | None = None
    dividing: DividingDate | None = None
    recognized: Recognized | None = None
    yields: bool = False
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stacking:
    """What several statuses of one person come to. `order` lists stages, `payers` breaks equal amounts."""

    rule: v.StackingRule
    clause: str
    order: tuple[str, ...] = ()
    ceiling: str | None = None
    payers: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AfterPaymentRule:
    """What a status does that becomes known after the person has paid."""

    clause: str
    rule: v.AfterPayment
    label: Label
    effective: v.EffectiveWhen = "any_time"
    mechanism: v.Mechanism = "reimburse_to_card"
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedRule:
    """Statuses that take their help with them when they end within one of these windows."""

    clause: str
    statuses: tuple[str, ...]
    windows: tuple[str, ...]
    label: Label


@dataclass(frozen=True, slots=True)
class ElsewhereRule:
    """Which subsidies somebody gets who is insured elsewhere, by id (without `rules`: all), on which papers.

    It is what the subsidy gives here on the day of payment, never more than was paid there, to the card. It
    is asked for until `to`; `area` says how far away the person may be insured.
    """

    clause: str
    label: Label
    rules: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    to: Closes | None = None
    area: Literal["country", "province"] = "country"
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subsidies:
    """All help with the contribution."""

    clause: str
    stacking: Stacking
    rules: tuple[SubsidyRule, ...]
    after_payment: AfterPaymentRule
    ended: tuple[EndedRule, ...] = ()
    elsewhere: ElsewhereRule | None = None


@dataclass(frozen=True, slots=True)
class HelpByOthers:
    """Help by who is no government: collectives, units, townships, people.

    `payers` are their codes, which bear no subsidy of the notice: their money comes first, and a list says
    for whom it is and how much.
    """

    clause: str
    label: Label
    payers: tuple[str, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubsidyVerification:
    """What help that goes to cards waits for.

    `payouts`: until the bureau has verified its line of the roster, or until the money for it is confirmed,
    too. `first`: whose help is paid first where less money is confirmed than was applied for; without it an
    officer decides.
    """

    clause: str
    label: Label
    payouts: Literal["verified", "funded"]
    first: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
