"""Whom the opening of a season enrolls, and why it leaves others out who were enrolled the year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from libs.common.policy import Notice
from libs.common.policy.telling.wording import reason_words
from services.registration.enrollments.rules import COMPLETE, OPEN

#: How far an opening is.
OpeningState = Literal["running", "done"]
STATES: tuple[str, ...] = get_args(OpeningState)

#: Somebody of whom it failed, who keeps out no other.
SET_BACK = "set_back"
#: Why somebody is left out who was enrolled the year before: Chinese, then English. The others are reasons
#: of the notice, which its rules of scope name.
OWN_REASONS: Mapping[str, tuple[str, str]] = {
    "died": ("已死亡", "has died"),
    "moved": ("已不在本通知的辖区居住", "lives outside the place of the notice now"),
    "cancelled": ("上年度参保已取消", "the enrollment of the year before was cancelled"),
    "withdrawn": ("上年度参保已终止", "the cover of the year before was ended"),
    "not_paid": ("上年度未缴费", "has not paid for the year before"),
    "enrolled_elsewhere": ("新年度已在其他县参保", "is enrolled in another county for the new year"),
    SET_BACK: ("系统处理未成功，请联系运维人员", "could not be enrolled; operators see why in the log"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was enrolled the year before, as they stand now.

    `enrolled` is how they stand in the new year already, if they do.
    """

    former_id: int
    person_id: int
    household_id: int
    division_code: str
    state: str
    known_at: datetime
    died: bool
    enrolled: str | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody whom the opening does not enroll; `rule` is the notice's that says so."""

    person_id: int
    division_code: str
    reason: str
    rule: str | None = None


def kept_out(candidate: Candidate, notice: Notice) -> str | None:
    """Why somebody is not enrolled whatever the scope of the notice says; None: nothing is in the way."""
    if candidate.died:
        return "died"
    if not candidate.division_code.startswith(notice.division):
        return "moved"
    if candidate.state in OPEN:
        return "not_paid"
    if candidate.state not in COMPLETE:
        return candidate.state
    return "enrolled_elsewhere" if candidate.elsewhere else None


def words_of(reason: str) -> tuple[str, str]:
    """A reason in Chinese and English."""
    return OWN_REASONS.get(reason) or reason_words(reason)
