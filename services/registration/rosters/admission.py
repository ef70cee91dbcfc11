"""Whether a roster may say what it says: the statuses and classes of notices, the division of the sender."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from pydantic import JsonValue

from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.security.access import check_place
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import Problem
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.rosters import problems as reasons
from services.registration.rosters.rules import Listed, Owner, read_row

#: The scope of the medical-insurance bureau.
BUREAU = "registration:decide"
#: The role of an officer who speaks for one department only.
DEPARTMENT_ROLE = "department_officer"


def check_header(notices: Notices, notice: Notice, status: str, mode: str, division: str) -> None:
    """Refuse a status that no notice knows, and a whole roster from somebody who sees only a part of it.

    A misspelled status would silently help nobody. Another county sends none at all: what is on record counts
    as having come, whatever its rows are worth.
    """
    check_place(division, notice.division)
    if mode == "replace" and not notice.division.startswith(division):
        raise OUTSIDE_DIVISION.problem(
            "A roster that replaces another covers the whole county; use `add` and `remove` for a part.",
            "整体替换的名册覆盖全县；仅涉及部分区划时请使用 add 和 remove。",
        )
    known = known_statuses(notices)
    if status not in known:
        raise reasons.STATUS_UNKNOWN.problem(known_statuses=known)


def check_sender(caller: Caller) -> None:
    """Refuse what an officer of a department says whose token leaves open of which one."""
    if caller.role == DEPARTMENT_ROLE and not caller.department:
        raise reasons.DEPARTMENT_MISSING.problem()


def sent_with(caller: Caller) -> dict[str, JsonValue]:
    """What rows are judged by later: the sender's department, and whether the bureau sent them."""
    return {"sender_department": caller.department, "by_bureau": caller.may(BUREAU)}


def department_problem(notice: Notice, status: str, department: str, sender: str) -> Problem | None:
    """Whether the notice says that another department recognizes a status, or the sender is of another."""
    rule = notice.statuses.get(status)
    if rule is None:
        return None
    if department == rule.department and sender in ("", rule.department):
        return None
    label = notice.departments[rule.department].label
    return reasons.OTHER_DEPARTMENT.problem(
        f"It is recognized by {label.en}: have them send it, or send the statuses of your own department.",
        f"该身份由{label.zh}认定：请由其提交该名册，或只提交本部门认定的身份。",
        recognized_by=rule.department,
    )


def listing_problem(listed_on: date, today: date, *, by_bureau: bool) -> Problem | None:
    """Whether a day decides public money that only the bureau may set: one before the day of typing."""
    if listed_on >= today or by_bureau:
        return None
    return reasons.LISTED_EARLIER.problem()


def needs_second(notice: Notice, listed_on: date, now: datetime) -> bool:
    """Whether two persons answer for a day of receipt: one before that of typing, after the main window."""
    closes = [window.to for window in notice.windows if window.kind == "main"]
    return listed_on < business_date(now) and bool(closes) and now.timestamp() >= max(closes)


def known_statuses(notices: Notices) -> list[str]:
    """The codes that some notice knows."""
    return sorted({code for notice in notices.values() for code in notice.statuses})


def class_problem(notice: Notice, status: str, status_class: str | None) -> Problem | None:
    """Whether the notice tells classes of this status apart and does not know this one."""
    rule = notice.statuses.get(status)
    classes = [entry.code for entry in rule.classes] if rule is not None else []
    if status_class is None or not classes or status_class in classes:
        return None
    return reasons.CLASS_UNKNOWN.problem(known_classes=sorted(classes))


async def read_rows(
    notice: Notice, status: str, given: Iterable[JsonValue], defaults: Mapping[str, JsonValue], today: date
) -> tuple[list[Listed], list[tuple[int, Problem]]]:
    """The rows that can be read, with what the notice says against them, and those that cannot.

    They are read in a thread: a roster may be of a whole county.
    """
    return await asyncio.to_thread(_read, notice, status, given, defaults, today)


def _read(
    notice: Notice, status: str, given: Iterable[JsonValue], defaults: Mapping[str, JsonValue], today: date
) -> tuple[list[Listed], list[tuple[int, Problem]]]:
    read = [read_row(row, index, defaults, today) for index, row in enumerate(given)]
    rows = [row for row in read if isinstance(row, Listed)]
    for row in rows:
        row.problem = class_problem(notice, status, row.status_class)
    return rows, [(index, row) for index, row in enumerate(read) if isinstance(row, Problem)]


def admission(notice: Notice, division: str) -> Callable[[Owner | None], Problem | None]:
    """The check of a person against a division; who is not registered counts as the county's."""

    def admissible(owner: Owner | None) -> Problem | None:
        code = owner.division_code if owner is not None else notice.division
        if code.startswith(division):
            return None
        return (LIVES_ELSEWHERE if owner is not None else OUTSIDE_DIVISION).problem()

    return admissible
