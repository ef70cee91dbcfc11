"""Payments that together are exactly what one person owed are one case.

What was owed is looked up at the last instant of payment, for only then the due was paid. `applying.py`
applies them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import SPLIT_PAYMENT, subject_of_year
from services.collection.dues import schedules_store
from services.collection.dues.rules import Due
from services.collection.fitting.rules import Reason, judge
from services.collection.matching.rules import Decision, PersonYear, person_year
from services.collection.suspense import store
from services.collection.suspense.store import WrongAmount

#: Of so many lines of a person all ways to put them together are tried.
_MOST = 8


async def show_splits(conn: AsyncConnection, decisions: Sequence[Decision]) -> None:
    """Open a case for lines that fit together, and close those of lines that do not any more.

    The cases of those who are paid for now are the caller's.
    """
    paid = {person_year(one.due) for one in decisions if one.due and one.verdict.segment is not None}
    judged = {
        person_year(one.due): one.due
        for one in decisions
        if one.due is not None and (one.line.again or one.verdict.reason == Reason.WRONG_AMOUNT)
    }
    if judged:
        at = max(one.line.occurred_at for one in decisions)
        await _ask(conn, {key: due for key, due in judged.items() if key not in paid}, at)


async def ask_about_splits(conn: AsyncConnection, people: Collection[int], at: datetime) -> None:
    """Look again at what waits of persons whose money has changed."""
    if not people:
        return
    standing: dict[PersonYear, Due] = {}
    for one in await schedules_store.found(conn, [], sorted(set(people))):
        key = person_year(one.due)
        if one.due.person_id in people and (key not in standing or _stands(one.due) > _stands(standing[key])):
            standing[key] = one.due
    await _ask(conn, standing, at)


def _stands(due: Due) -> tuple[bool, int]:
    return due.state != "cancelled", due.enrollment_id


async def _ask(conn: AsyncConnection, dues: Mapping[PersonYear, Due], at: datetime) -> None:
    waiting: dict[PersonYear, list[WrongAmount]] = defaultdict(list)
    for line in await store.wrong_amounts(conn, sorted(dues)):
        waiting[PersonYear(line.coverage_year, line.person_id)].append(line)
    parts = {key: _parts(due, waiting[key]) for key, due in dues.items()}
    await close_splits(conn, [key for key, some in parts.items() if not some], at, "they do not fit any more")
    await cases.open_cases(conn, [_case(dues[key], some, at) for key, some in parts.items() if some])


def _parts(due: Due, lines: Sequence[WrongAmount]) -> Sequence[WrongAmount]:
    """The first and fewest lines that together are what was owed at the last instant; none where none are."""
    if due.state == "paid":
        return ()
    here = [line for line in lines if line.county == due.county][:_MOST]
    for number in range(2, len(here) + 1):
        for some in combinations(here, number):
            together = sum(line.amount_fen for line in some)
            if judge(due, together, max(line.paid_at for line in some), paid=False).segment is not None:
                return some
    return ()


async def close_splits(conn: AsyncConnection, people: Iterable[PersonYear], at: datetime, why: str) -> None:
    """Close the cases of these persons."""
    gone = [Gone(SPLIT_PAYMENT.code, _subject(one)) for one in people]
    await cases.close_cases(conn, gone, at, why)


def _subject(one: PersonYear) -> str:
    return subject_of_year(one.person_id, one.coverage_year)


def _case(due: Due, parts: Sequence[WrongAmount], at: datetime) -> NewCase:
    lines: list[JsonValue] = [
        {
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "amount_fen": line.amount_fen,
            "paid_at": shanghai(line.paid_at),
        }
        for line in parts
    ]
    return NewCase(
        kind=SPLIT_PAYMENT.code,
        subject=_subject(person_year(due)),
        owner=SPLIT_PAYMENT.owner,
        proposed=SPLIT_PAYMENT.steps[0].code,
        opened_at=at,
        evidence={"lines": lines},
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        person_id=due.person_id,
        amount_fen=sum(line.amount_fen for line in parts),
    )
