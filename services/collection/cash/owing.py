"""Whom a collector takes money for by the list of the place, and what they owe: no number is typed."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.divisions import lies_within
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.problems import FieldError
from services.collection.cash import rules
from services.collection.cash.desk_schemas import DeskDue, PaperPer
from services.collection.cash.looking import Desk
from services.collection.cash.rules import TakenMoney
from services.collection.dues import store as dues_store
from services.collection.dues.rules import Due
from services.collection.dues.searching import known_of_people
from services.collection.dues.showing import shown
from services.collection.households.rules import TermsOfNotices

_UNKNOWN = (
    "Nobody of the own division is enrolled here for the year under this person_id.",
    "本辖区本年度查无此人员编号的参保登记。",
)


async def known_of(
    conn: AsyncConnection, desk: Desk, taken: Sequence[TakenMoney], pointers: Sequence[str]
) -> tuple[dict[int, Due], list[FieldError]]:
    """What those owe who are named by `person_id`; who is unknown, or of another place, is the same fault."""
    named = {
        f"{at}/items/{no}/person_id": item.person_id
        for at, one in zip(pointers, taken, strict=True)
        for no, item in enumerate(one.items)
        if item.person_id is not None
    }
    if not named:
        return {}, []
    known = await _dues(conn, desk, sorted(set(named.values())))
    await record_lookup(
        conn, desk.caller, operation="record_cash_receipts", at=desk.now, person_ids=sorted(known)
    )
    faults = [FieldError(at, *_UNKNOWN) for at, person in named.items() if person not in known]
    return known, faults


async def owed_at(conn: AsyncConnection, desk: Desk, person_id: int, terms: TermsOfNotices) -> DeskDue:
    """What somebody owes now at a collector; the look is recorded. Raises Problem for who is not of here."""
    due = (await _dues(conn, desk, [person_id])).get(person_id)
    if due is None:
        raise NOT_FOUND.problem()
    (person,) = await known_of_people(conn, [due], terms)
    await record_lookup(conn, desk.caller, operation="get_desk_due", at=desk.now, person_ids=[person_id])
    found = shown(person, due, desk.notice, desk.now)
    return DeskDue(
        collector_id=desk.collector.collector_id,
        person_id=person_id,
        masked_name=found.masked_name,
        division_code=found.division_code,
        payable_fen=found.payable_fen,
        tiers=found.tiers,
        takes_cash=rules.takes_cash(desk.notice, desk.channel),
        paper=_paper(desk),
        standing=found.standing,
        closed=found.closed,
        payment=found.payment,
        waits=bool(found.waiting),
    )


async def _dues(conn: AsyncConnection, desk: Desk, people: Sequence[int]) -> dict[int, Due]:
    """Those of the caller's division, and where the notice says so of the collector's own area."""
    found = await dues_store.of_people(conn, people, desk.notice.year)
    place = desk.collector.division_code
    return {
        person: due
        for person, due in found.items()
        if due.county == desk.collector.county
        and lies_within(due.division_code, desk.caller.division)
        and not rules.lies_outside(desk.channel, place, due.division_code)
    }


def _paper(desk: Desk) -> PaperPer | None:
    paper = rules.paper_of(desk.notice, desk.channel)
    if paper is None:
        return None
    return "person" if paper.per == "person" else "receipt"
