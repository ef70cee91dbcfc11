"""One policy file as a whole: its sections, in whatever order the notice has them."""

from dataclasses import dataclass
from datetime import date

from libs.common.policy import people_rules as p
from libs.common.policy import rules as r
from libs.common.policy.conditions_model import Label


@dataclass(frozen=True, slots=True)
class Header:
    """What the notice is, who issued it, and from when it is in force."""

    county: str
    year: int
    division: str
    level: r.v.Literal["county", "township"]
    place: Label
    scheme: Label
    title: str
    document_no: str
    issuer: str
    issued_on: date
    effective_from: date
    question_prefix: str
    published_on: date | None = None
    based_on: tuple[str, ...] = ()
    supersedes: str | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """Who bears a subsidy: a fund or a department."""

    code: str
    label: Label
    clause: str


@dataclass(frozen=True, slots=True)
class Document:
    """The sections of a policy file."""

    notice: Header
    scope: r.Scope
    amounts: tuple[r.NamedAmount, ...]
    prices: tuple[r.PriceRule, ...]
    windows: tuple[r.Window, ...]
    benefit: r.Benefit
    statuses: tuple[p.StatusRule, ...]
    subsidies: r.Subsidies
    household: p.Household
    payers: tuple[Payer, ...]
    groups: tuple[r.Group, ...] = ()
    add_ons: tuple[p.AddOn, ...] = ()
    reminders: tuple[r.Reminder, ...] = ()
