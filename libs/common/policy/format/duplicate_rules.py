"""Which of two enrollments of one year stands, as a notice states it."""

from dataclasses import dataclass
from typing import Literal

from libs.common.policy.format.conditions_model import Condition, Label


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Which one stands, for people of whom `when` holds; the first rule that fits counts."""

    id: str
    clause: str
    label: Label
    stands: Literal["employee", "workplace", "school", "residence", "hukou", "choice", "first"]
    when: Condition | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Whether somebody may be enrolled twice in a year, and in which order it is decided what stands."""

    clause: str
    label: Label
    rule: Literal["not_stated", "check_nationwide", "no_duplicates", "by_order"]
    order: tuple[DuplicateRule, ...] = ()
    questions: tuple[str, ...] = ()
