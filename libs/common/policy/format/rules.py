"""The rules of a notice that decide what a person owes, as the file states them (data only, no decisions)."""

from dataclasses import dataclass
from datetime import date

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label
from libs.common.policy.format.reader import Closes, Fen, Opens, Percent


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
class Rounded:
    """How a yearly amount divided by months is rounded: to which unit, and which way."""

    to: v.Coin
    how: v.CoinRounding


@dataclass(frozen=True, slots=True)
class PriceRule:
    """The contribution standard in some window, period, class or tier; the first rule that fits applies.

    `sum` adds named amounts. `own` names the standard that subsidies are measured by. `cover_tier` is the
    tier that people are covered by where it is not the one that they pay.
    """

    id: str
    clause: str
    label: Label
    sum: tuple[str, ...]
    own: str
    tier: int | None = None
    cover_tier: int | None = None
    windows: tuple[str, ...] = ()
    paid_from: Opens | None = None
    paid_to: Closes | None = None
    when: Condition | None = None
    percent: Percent | None = None
    per_remaining_month: v.MonthsCounted | None = None
    yearly: Rounded | None = None
    questions: tuple[str, ...] = ()


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
