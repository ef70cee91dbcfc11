"""Records that somebody is insured elsewhere and is to be helped: one officer asks, another one agrees."""

from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid
from libs.common.names import normalize_name
from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from services.registration.elsewhere import store, telling
from services.registration.elsewhere.gathering import judge
from services.registration.elsewhere.problems import (
    ELSEWHERE_INSURED_HERE,
    ELSEWHERE_NOT_STANDING,
    ELSEWHERE_PERSON_UNKNOWN,
    ELSEWHERE_TWICE,
)
from services.registration.elsewhere.rules import (
    AGREED,
    ASKED,
    REFUSED,
    InsuredElsewhere,
    check,
    lines_of,
    no_help,
    rule_of,
)
from services.registration.elsewhere.schemas import NewElsewhereHelp
from services.registration.elsewhere.store import HelpRow, NewHelp
from services.registration.notices.rules import notice_of
from services.registration.people.rules import Fault, read_number
from services.registration.people.store import Person, one, take_turn
from services.registration.rosters.store import owners
from services.registration.settings import RegistrationContext

#: What the second person agrees to.
OPERATION = "elsewhere_help"
_SUBJECT = "elsewhere-helps/"


async def ask(
    conn: AsyncConnection, notice: Notice, wanted: NewElsewhereHelp, caller: Caller, now: datetime
) -> tuple[NewHelp, ApprovalRow]:
    """Keep what an officer records until a second person agrees; nobody is helped before. Raises Problem."""
    check(notice, wanted.insured_in, wanted.paid_on, wanted.proofs, now)
    await take_turn(conn, notice.county)
    person = await _person(conn, wanted, caller, now)
    await _check_free(conn, notice, person.id)
    found = InsuredElsewhere(
        person.id, person.household_id, person.division_code, wanted.paid_on, wanted.paid_fen, wanted.tier
    )
    _, helped = (await judge(conn, notice, [found], {person.id: now}))[person.id]
    if not helped.subsidies:
        raise no_help(helped.reasons)
    new = NewHelp(
        id=await store.new_id(conn),
        county=notice.county,
        coverage_year=notice.year,
        person_id=person.id,
        division_code=person.division_code,
        insured_in=wanted.insured_in,
        paid_on=wanted.paid_on,
        paid_fen=wanted.paid_fen,
        voucher_no=wanted.voucher_no,
        proofs=wanted.proofs,
        tier=wanted.tier,
        lines=lines_of(helped),
        state=ASKED,
        recorded_by=caller.subject,
        asked_at=now,
    )
    if not await store.add(conn, new):
        raise ELSEWHERE_TWICE.problem()
    return new, await ask_second(conn, _approval(notice, new))


def _approval(notice: Notice, new: NewHelp) -> NewApproval:
    payload: dict[str, JsonValue] = {
        "person_id": new.person_id,
        "insured_in": new.insured_in,
        "paid_on": new.paid_on.isoformat(),
        "paid_fen": new.paid_fen,
        "voucher_no": new.voucher_no,
        "proofs": list(new.proofs),
        "amount_fen": new.amount_fen,
        "payers": [*sorted({line["payer"] for line in new.lines})],
    }
    return NewApproval(
        operation=OPERATION,
        subject=f"{_SUBJECT}{new.id}",
        payload=payload,
        reason=rule_of(notice).clause,
        asked_by=new.recorded_by,
        asked_at=new.asked_at,
        county=new.county,
        coverage_year=new.coverage_year,
        division_code=new.division_code,
    )


async def _person(conn: AsyncConnection, wanted: NewElsewhereHelp, caller: Caller, now: datetime) -> Person:
    """Whom number and name mean; a number counts with its name only. Raises Problem."""
    try:
        number = read_number(wanted.id_number, None, business_date(now)).number
    except (Fault, IdentityNumberInvalid):
        raise ELSEWHERE_PERSON_UNKNOWN.problem() from None
    owner = (await owners(conn, wanted.county, [number])).get(number)
    if owner is None or normalize_name(owner.name) != normalize_name(wanted.name):
        raise ELSEWHERE_PERSON_UNKNOWN.problem()
    check_division(caller, owner.division_code)
    person = await one(conn, owner.person_id)
    assert person is not None, "a number leads to nobody who was erased"
    return person


async def _check_free(conn: AsyncConnection, notice: Notice, person_id: int) -> None:
    """Refuse who is insured here for the year, or has this help already."""
    if await store.insured_here(conn, notice.county, notice.year, person_id):
        raise ELSEWHERE_INSURED_HERE.problem()
    if (first := await store.standing(conn, notice.county, notice.year, person_id)) is not None:
        raise ELSEWHERE_TWICE.problem(elsewhere_help_id=first)


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person agreed: the help is judged by what is known now, and told."""
    row = await _asked(conn, asked)
    notice = notice_of(context.notices, row.county, row.coverage_year)
    found = InsuredElsewhere(
        row.person_id, row.household_id, row.division_code, row.paid_on, row.paid_fen, row.tier
    )
    person, helped = (await judge(conn, notice, [found], {row.person_id: decision.at}))[row.person_id]
    if not helped.subsidies:
        raise no_help(helped.reasons)
    agreed = replace(row, state=AGREED, revision=1, lines=lines_of(helped), agreed_at=decision.at)
    await store.change(conn, [agreed])
    told = telling.helped(agreed, person, notice.ref, context.digests.name, decision.at)
    await outbox.append(conn, [told])


async def refuse(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person refused: another record may be made."""
    row = await store.one(conn, help_id_of(asked))
    if row is not None and row.state == ASKED:
        await store.change(conn, [replace(row, state=REFUSED, ended_at=decision.at)])


async def _asked(conn: AsyncConnection, asked: ApprovalRow) -> HelpRow:
    """The record of an approval, held after the enrollment of its person. Raises Problem."""
    assert asked.county is not None and asked.coverage_year is not None, "it is of a notice"
    person_id = int(str(asked.payload["person_id"]))
    if await store.insured_here(conn, asked.county, asked.coverage_year, person_id):
        raise ELSEWHERE_INSURED_HERE.problem()
    row = await store.one(conn, help_id_of(asked))
    if row is None or row.state != ASKED:
        raise ELSEWHERE_NOT_STANDING.problem()
    return row


def help_id_of(asked: ApprovalRow) -> int:
    """Which record an approval is about."""
    return int(asked.subject.removeprefix(_SUBJECT))
