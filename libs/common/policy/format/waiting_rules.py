"""Enrollment history, waiting and repair, as the file states them.

The national frame from coverage year 2025 on is 国办发〔2024〕38号; provinces set the numbers.
"""

from dataclasses import dataclass

from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.conditions_model import Condition, Label


@dataclass(frozen=True, slots=True)
class Exempt:
    """People who never wait, whatever their history."""

    id: str
    clause: str
    label: Label
    when: Condition
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Floor:
    """After so many lapsed years the wait is never shorter than `months`, repaired or not."""

    from_years: int
    months: int


@dataclass(frozen=True, slots=True)
class WaitRule:
    """Who waits that pays in these windows, and from which day; a window without a rule has no wait."""

    id: str
    clause: str
    label: Label
    windows: tuple[str, ...]
    who: v.Waits
    anchor: v.Anchor
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """Paying lapsed years to shorten the wait: each takes `per_year` months off the variable part.

    `price` names the amount for a year; without it, it is the own standard of the person.
    """

    clause: str
    label: Label
    latest: v.RepairLatest
    price: str | None = None
    per_year: int = 1
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long somebody waits for cover who was not insured continuously, or pays outside the main window.

    The wait is `fixed_months`, and `months_per_year` for each lapsed year after the first `years_in_fixed`.
    Years before `counted_from` never count as lapsed.
    """

    clause: str
    label: Label
    counted_from: int
    fixed_months: int
    months_per_year: int
    rules: tuple[WaitRule, ...]
    years_in_fixed: int = 1
    floor: Floor | None = None
    exempt: tuple[Exempt, ...] = ()
    repair: Repair | None = None
    questions: tuple[str, ...] = ()
