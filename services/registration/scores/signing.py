"""Freezes the score sheet of a season; a second person signs it, or sends it back."""

from datetime import datetime
from hashlib import sha256

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.events.envelope import UnitFunds
from libs.common.events.registration import WorkFundsSettled
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from services.registration.notices.rules import notice_of
from services.registration.progress.counting import keep
from services.registration.scores import store
from services.registration.scores.problems import SCORE_IS_FINAL, SCORE_MOVED_ON, SCORE_NOT_COMPLETE
from services.registration.scores.rules import days_of
from services.registration.scores.schemas import Document
from services.registration.scores.scoring import computed
from services.registration.scores.store import SheetRow
from services.registration.settings import RegistrationContext

#: What the second person agrees to.
OPERATION = "score_sheet"
_SUBJECT = "score-sheets/"


def canonical(document: Document) -> str:
    """The bytes of a sheet, as text: the same figures give the same."""
    return document.model_dump_json()


def digest(document: str) -> str:
    """The hash by which a sheet is known again."""
    return sha256(document.encode()).hexdigest()


async def ask(conn: AsyncConnection, notice: Notice, reason: str, caller: Caller, now: datetime) -> SheetRow:
    """Freeze the sheet, with the snapshots of its days, until a second person signs it. Raises Problem."""
    for at in days_of(notice).every:
        if at <= now:
            await keep(conn, notice, at, caller.subject, now)
    made = await computed(conn, notice, now)
    missing: list[JsonValue] = [said.model_dump() for said in made.open(now)]
    if missing:
        raise SCORE_NOT_COMPLETE.problem(missing=missing)
    document = canonical(made.document)
    new = store.NewSheet(notice.county, notice.year, document, digest(document), caller.subject, now)
    sheet_id = await store.freeze(conn, new)
    if sheet_id is None:
        raise SCORE_IS_FINAL.problem()
    await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"{_SUBJECT}{sheet_id}",
            payload={"sha256": new.sha256, "units": len(made.document.units)},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=notice.county,
            coverage_year=notice.year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        ),
    )
    return await _the(conn, sheet_id)


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person signs: what was frozen is final, if it still is what is known. Raises Problem."""
    sheet = await _held(conn, asked)
    notice = notice_of(context.notices, sheet.county, sheet.coverage_year)
    if await recomputed(conn, notice, decision.at) != sheet.document:
        raise SCORE_MOVED_ON.problem()
    await _end(conn, sheet, decision, "final")
    fact = settled(sheet, Document.model_validate_json(sheet.document), decision.at)
    await outbox.append(conn, [Draft(fact, key=sheet.county, time=decision.at)])


def settled(sheet: SheetRow, document: Document, now: datetime) -> WorkFundsSettled:
    """What the ledger is told of a final sheet, which is the only one of its season."""
    funds = {unit.division_code: unit.funds.amount_fen or 0 for unit in document.units}
    return WorkFundsSettled(
        sheet_id=sheet.sheet_id,
        revision=1,
        county=sheet.county,
        coverage_year=sheet.coverage_year,
        units=tuple(
            UnitFunds(division_code=unit, amount_fen=fen, change_fen=fen) for unit, fen in funds.items()
        ),
        settled_at=now,
    )


async def refuse(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person sends it back: it can be asked for again."""
    await _end(conn, await _held(conn, asked), decision, "refused")


async def recomputed(conn: AsyncConnection, notice: Notice, now: datetime) -> str:
    """The sheet as kept snapshots and entries make it."""
    return canonical((await computed(conn, notice, now)).document)


async def _held(conn: AsyncConnection, asked: ApprovalRow) -> SheetRow:
    """The sheet; whoever agrees on an entry at the same time has done so, or waits."""
    assert asked.county is not None and asked.coverage_year is not None, "a sheet is of a season"
    sheet = await store.standing(conn, asked.county, asked.coverage_year, lock=True)
    assert sheet is not None, "a sheet waits as long as its approval does"
    return sheet


async def _end(conn: AsyncConnection, sheet: SheetRow, decision: Decision, state: str) -> None:
    assert decision.approved_by is not None, "an approval has a second person"
    await store.end(conn, sheet.sheet_id, state, by=decision.approved_by, at=decision.at)


async def _the(conn: AsyncConnection, sheet_id: int) -> SheetRow:
    sheet = await store.sheet(conn, sheet_id)
    assert sheet is not None, "sheets are never deleted"
    return sheet
