"""Registers that a bank may debit an account for people, and ends it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_account
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.problems import FieldError, Problem
from services.collection.mandates import store
from services.collection.mandates.problems import MANDATE_EXISTS
from services.collection.mandates.schemas import NewMandate
from services.collection.mandates.store import MandateRow, NewMandateRow, PaidFor
from services.collection.payers.rules import outside
from services.collection.problems import OUTSIDE_AREA, PERSON_NOT_FOUND


async def register(conn: AsyncConnection, asked: NewMandate, caller: Caller, now: datetime) -> MandateRow:
    """Put a mandate on record. Raises Problem 403, 404 or 409."""
    people = await _paid_for(conn, asked, caller)
    ids = [one.person_id for one in people]
    row = NewMandateRow(
        county=asked.county,
        division_code=people[0].division_code,
        channel=asked.channel,
        agreement_no=asked.agreement_no,
        holder=asked.holder,
        account_no=asked.account_no,
        account_masked=mask_account(asked.account_no),
        payer_id=asked.payer_id,
        from_year=asked.from_year,
        most_fen=asked.most_fen,
        made_at=now,
        made_by=caller.subject,
    )
    mandate_id = await store.add(conn, row)
    if mandate_id is None:
        raise MANDATE_EXISTS.problem(errors=[_NUMBER_KNOWN])
    if await store.add_people(conn, mandate_id, asked.county, sorted(ids), now) < len(ids):
        raise await _taken(conn, asked, mandate_id, ids)
    found = await store.one(conn, mandate_id)
    assert found is not None, "it was just written"
    return found


_NUMBER_KNOWN = FieldError(
    "#/agreement_no", "A mandate of this number is in force.", "该协议号的代扣协议正在生效。"
)


async def _paid_for(conn: AsyncConnection, asked: NewMandate, caller: Caller) -> list[PaidFor]:
    """Whom it pays for; raise Problem naming who is not known here, or lives elsewhere."""
    wanted = list(dict.fromkeys(asked.person_ids or [asked.payer_id or 0]))
    known = await store.people(conn, asked.county, wanted)
    pointer = "#/person_ids/{}" if asked.person_ids is not None else "#/payer_id"
    unknown = [
        FieldError(pointer.format(at), "Is not enrolled in this county.", "此人未在本县参保登记。")
        for at, one in enumerate(wanted)
        if one not in known
    ]
    if unknown:
        raise PERSON_NOT_FOUND.problem(errors=unknown)
    people = [known[one] for one in wanted]
    if asked.payer_id is not None and (home := people[0].household_id) is not None:
        people = await store.household(conn, asked.county, home)
    beyond = [outside(at, None) for at, one in enumerate(people) if not caller.sees(one.division_code)]
    if beyond and asked.payer_id is not None:
        beyond = [replace(beyond[0], pointer="#/payer_id")]
    if beyond:
        raise OUTSIDE_AREA.problem(errors=beyond)
    return people


async def _taken(conn: AsyncConnection, asked: NewMandate, mandate_id: int, ids: Sequence[int]) -> Problem:
    """Say who has a mandate already."""
    others = [one for one in await store.active(conn, asked.county, ids) if one.mandate_id != mandate_id]
    places = {one: f"#/person_ids/{at}" for at, one in enumerate(asked.person_ids or ())}
    return MANDATE_EXISTS.problem(
        errors=[
            FieldError(
                places.get(one.person_id, "#/payer_id"),
                f"Mandate {one.mandate_id} pays for person {one.person_id}.",
                f"代扣协议（编号 {one.mandate_id}）已为该人员（编号 {one.person_id}）代扣。",
            )
            for one in others
        ]
    )


async def find(conn: AsyncConnection, caller: Caller, mandate_id: int, *, lock: bool = False) -> MandateRow:
    """A mandate that the caller may see. Raises Problem 404 or 403."""
    found = await store.one(conn, mandate_id, lock=lock)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    return found


async def end(conn: AsyncConnection, caller: Caller, mandate_id: int, now: datetime) -> MandateRow:
    """End a mandate; one that ended before stays so. Raises Problem 404 or 403."""
    await find(conn, caller, mandate_id, lock=True)
    await store.end(conn, [mandate_id], "requested", caller.subject, now)
    return await find(conn, caller, mandate_id)
