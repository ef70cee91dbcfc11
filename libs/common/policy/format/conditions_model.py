"""What a rule may ask about a person: the closed set of predicates, as the file states them."""

from dataclasses import dataclass
from datetime import date

from libs.common.policy.format import vocabulary as v


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Completed years of age on the day of payment: at least `min`, under `under`."""

    min: int | None = None
    under: int | None = None


@dataclass(frozen=True, slots=True)
class Years:
    """A number of years, or a year: at least `min`, under `under`."""

    min: int | None = None
    under: int | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """A span of calendar days, both ends included."""

    from_: date | None = None
    to: date | None = None


@dataclass(frozen=True, slots=True)
class StatusHeld:
    """Holds a status that is valid and listed; optionally of some classes or grades, or listed by a day."""

    codes: tuple[str, ...]
    classes: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()
    listed_to: date | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true of a person. All keys given must hold; `any` needs one of its blocks to hold."""

    hukou: tuple[v.Hukou, ...] | None = None
    hukou_kind: tuple[v.HukouKind, ...] | None = None
    residence_permit: bool | None = None
    resident_months: int | None = None
    employed: bool | None = None
    parent_enrolled_in_city: bool | None = None
    employee_insurance: tuple[v.InsuranceState, ...] | None = None
    service: tuple[v.ServiceKind, ...] | None = None
    service_ends: Days | None = None
    stationed_here: bool | None = None
    school: tuple[v.School, ...] | None = None
    sex: v.Sex | None = None
    age: AgeRange | None = None
    born: Days | None = None
    days_since_birth: int | None = None
    lapsed_years: Years | None = None
    continuous_years: Years | None = None
    due_from_year: Years | None = None
    status: StatusHeld | None = None
    event: v.EventKind | None = None
    tier: int | None = None
    parameter: str | None = None
    group: str | None = None
    any: tuple["Condition", ...] = ()
    not_: "Condition | None" = None
