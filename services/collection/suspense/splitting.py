"""Two payments that together are exactly what one person owed are one case.

What was owed is looked up at the later instant of payment, for only then the due was paid. `applying.py`
applies both.
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


async def show_splits(conn: AsyncConnection, decisions: Sequence[Decision]) -> None:
    """Open a case for pairs that fit together, and close those of pairs that do not any more."""
    paid = {person_year(one.due) for one in decisions if one.due and one.verdict.segment is not None}
    judged = {
        person_year(one.due): one.due
        for one in decisions
        if one.due is not None and (one.line.again or one.verdict.reason == Reason.WRONG_AMOUNT)
    }
    if paid or judged:
        at = max(one.line.occurred_at for one in decisions)
        await close_splits(conn, paid, at, "the person is paid for")
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
    pairs = {key: _pair(due, waiting[key]) for key, due in dues.items()}
    await close_splits(
        conn, [key for key, pair in pairs.items() if pair is None], at, "they do not fit any more"
    )
    await cases.open_cases(conn, [_case(dues[key], pair, at) for key, pair in pairs.items() if pair])


def _pair(due: Due, lines: Sequence[WrongAmount]) -> tuple[WrongAmount, WrongAmount] | None:
    """The first two lines that together are what was owed at the later instant."""
    if due.state == "paid":
        return None
    here = [line for line in lines if line.county == due.county]
    for first, second in combinations(here, 2):
        together = first.amount_fen + second.amount_fen
        if judge(due, together, max(first.paid_at, second.paid_at), paid=False).segment is not None:
            return first, second
    return None


async def close_splits(conn: AsyncConnection, people: Iterable[PersonYear], at: datetime, why: str) -> None:
    """Close the cases of these persons."""
    gone = [Gone(SPLIT_PAYMENT.code, _subject(one)) for one in people]
    await cases.close_cases(conn, gone, at, why)


def _subject(one: PersonYear) -> str:
    return subject_of_year(one.person_id, one.coverage_year)


def _case(due: Due, pair: tuple[WrongAmount, WrongAmount], at: datetime) -> NewCase:
    lines: list[JsonValue] = [
        {
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "amount_fen": line.amount_fen,
            "paid_at": shanghai(line.paid_at),
        }
        for line in pair
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
        amount_fen=sum(line.amount_fen for line in pair),
    )
