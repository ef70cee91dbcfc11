"""The rules of a notice that decide what a person owes, as the file states them (data only, no decisions)."""

from dataclasses import dataclass
from datetime import date
from typing import cast

import yaml

from libs.common.money import parse_yuan
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Closes, Fen, Opens, Percent, Source, reader


@dataclass(frozen=True, slots=True)
class Group:
    """A condition that several rules share under one name."""

    name: str
    clause: str
    label: Label
    when: Condition
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """Who may enroll (or, with a reason, may not, or is never subsidized)."""

    id: str
    clause: str
    label: Label
    when: Condition
    reason: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Exclusions come first, then one rule of `admit` must hold; `no_subsidy` may enroll but gets no help."""

    clause: str
    admit: tuple[ScopeRule, ...]
    exclude: tuple[ScopeRule, ...] = ()
    no_subsidy: tuple[ScopeRule, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRule:
    """A window that runs from an event in a person's life."""

    kind: v.EventKind
    within: int | None = None
    unit: v.Unit = "days"
    count: v.Count = "start_day_excluded"
    complete: v.Completion = "payment"
    on_from: date | None = None
    on_to: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """When payment is taken. `from` and `to` bound an event window too."""

    id: str
    kind: v.WindowKind
    clause: str
    label: Label
    from_: Opens
    to: Closes
    event: EventRule | None = None
    when: Condition | None = None
    closed_days_of_month: tuple[int, ...] = ()
    closed_days: tuple[date, ...] = ()
    registration_to: Closes | None = None
    registration_clause: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedAmount:
    """An amount the rules refer to by name; `parameter` lets an operator supply it, down to `floor`."""

    name: str
    clause: str
    label: Label
    value: Fen | None = None
    parameter: str | None = None
    floor: Fen | None = None
    unknown: str = "amount_unknown"
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceRule:
    """The contribution standard in some window, period, class or tier; the first rule that fits applies.

    `sum` adds named amounts. `own` names the standard that subsidies are measured by.
    """

    id: str
    clause: str
    label: Label
    sum: tuple[str, ...]
    own: str
    tier: int | None = None
    windows: tuple[str, ...] = ()
    paid_from: Opens | None = None
    paid_to: Closes | None = None
    when: Condition | None = None
    percent: Percent | None = None
    per_remaining_month: v.MonthsCounted | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AidAmount:
    """How much a subsidy is: a fixed sum, a named amount, a share of one, a taper, or not known.

    In the file: `130元`, `own`, `unknown`, or a block with `percent`/`taper`/`parameter` and `of`.
    `taper` gives the share for each year since the status took effect; after its last entry nothing.
    """

    fen: Fen | None = None
    of: str | None = None
    percent: Percent | None = None
    taper: tuple[Percent, ...] = ()
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
class SubsidyRule:
    """Help with a person's contribution: to whom, how much, from whom and how."""

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
class Subsidies:
    """All help with the contribution."""

    clause: str
    stacking: Stacking
    rules: tuple[SubsidyRule, ...]
    after_payment: AfterPaymentRule
    ended: tuple[EndedRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """Where cover begins: an anchor, then an optional wait from it."""

    anchor: v.Anchor
    on: date | None = None
    wait: int | None = None
    unit: v.Unit = "days"
    count: v.Count = "start_day_included"


@dataclass(frozen=True, slots=True)
class BenefitRule:
    """From when a person is covered; the first rule that fits applies. Never before the coverage year
    unless `before_year` says so."""

    id: str
    clause: str
    label: Label
    start: Start
    windows: tuple[str, ...] = ()
    paid_from: Opens | None = None
    paid_to: Closes | None = None
    when: Condition | None = None
    before_year: bool = False
    to: date | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benefit:
    """The coverage year and how it begins; `none_left` names the question when no day is left."""

    clause: str
    from_: date
    to: date
    rules: tuple[BenefitRule, ...]
    none_left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something the payer should hear in a given situation; changes no amount."""

    id: str
    clause: str
    label: Label
    windows: tuple[str, ...] = ()
    when: Condition | None = None
    questions: tuple[str, ...] = ()
