"""Gives money that has come to the people of a list: never more than they owe, and than there is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid
from libs.common.names import normalize_name
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from services.registration.assessments import store as assessments
from services.registration.helps import store
from services.registration.helps.keeping import CAUSE
from services.registration.helps.problems import HELP_MONEY_UNKNOWN
from services.registration.helps.rules import Asked, Judged, Money, is_other, judge
from services.registration.helps.schemas import ListedPerson, NewHelpList
from services.registration.helps.store import NewLine
from services.registration.people.rules import Fault, read_number
from services.registration.rosters.store import owners


async def give(
    conn: AsyncConnection, notice: Notice, wanted: NewHelpList, caller: Caller, now: datetime
) -> tuple[Judged, int]:
    """Keep the lines that can help, and have their people assessed anew; tell what is left.

    A dry run tells the same and keeps nothing.
    """
    lines = await _found(conn, notice.county, wanted.lines, now)
    people = sorted({line.person_id for line in lines if line.person_id is not None})
    # Enrollments first, then the money, as whoever hears of grants and of money that goes.
    await store.hold(conn, notice.county, notice.year, people)
    money = await _money(conn, notice, wanted.arrival_id)
    known = await store.standings(conn, money, people)
    seen = {one.person_id: one for one in known.values() if caller.sees(one.division_code)}
    hidden = known.keys() - seen.keys()
    lines = [Asked(line.index, None, None) if line.person_id in hidden else line for line in lines]
    judged = judge(lines, seen, money.left_fen)
    left_fen = money.left_fen - sum(one.amount_fen for one in judged.given)
    if not wanted.dry_run:
        await _keep(conn, money, judged, wanted.helper, caller.subject, now)
    return judged, left_fen


async def _keep(
    conn: AsyncConnection, money: Money, judged: Judged, helper: str, by: str, now: datetime
) -> None:
    """Keep who is helped, and have them assessed anew."""
    fresh = [one for one in judged.given if one.standing.taken_over is None]
    old = [one.standing.taken_over for one in judged.given if one.standing.taken_over is not None]
    await store.take_over(conn, money.arrival_id, old)
    await store.add(
        conn,
        [
            NewLine(
                arrival_id=money.arrival_id,
                county=money.county,
                coverage_year=money.coverage_year,
                enrollment_id=one.standing.enrollment_id,
                person_id=one.standing.person_id,
                payer=money.payer,
                amount_fen=one.amount_fen,
                helper=helper,
                listed_by=by,
                known_at=now,
            )
            for one in fresh
        ],
    )
    await assessments.enqueue(conn, sorted(one.standing.enrollment_id for one in fresh), CAUSE, now)


async def _money(conn: AsyncConnection, notice: Notice, arrival_id: int) -> Money:
    """The money, held until the transaction ends. Raises Problem for what can help nobody of the notice."""
    money = await store.money(conn, arrival_id, lock=True)
    season = (notice.county, notice.year)
    if money is None or (money.county, money.coverage_year) != season or not is_other(notice, money.payer):
        raise HELP_MONEY_UNKNOWN.problem()
    if money.reversed_at is not None:
        raise HELP_MONEY_UNKNOWN.problem()
    return money


async def _found(
    conn: AsyncConnection, county: str, given: Sequence[ListedPerson], now: datetime
) -> list[Asked]:
    """Whom the lines mean: a number counts with its name only."""
    numbers = {index: _number(one, now) for index, one in enumerate(given) if one.person_id is None}
    known = await owners(conn, county, sorted({number for number in numbers.values() if number}))
    found: list[Asked] = []
    for index, one in enumerate(given):
        person_id = one.person_id
        owner = known.get(numbers.get(index) or "")
        if owner is not None and normalize_name(owner.name) == normalize_name(one.name or ""):
            person_id = owner.person_id
        found.append(Asked(index, person_id, one.amount_fen))
    return found


def _number(one: ListedPerson, now: datetime) -> str | None:
    try:
        return read_number(one.id_number, None, business_date(now)).number
    except (Fault, IdentityNumberInvalid):
        return None
