"""What steps about differences of channel days do: ask the gateway, take a row over, take a payment back.

Whatever is posted goes the way of a notification: it is stored with the row or the answer that it rests
on, and matched as one, so that dues, vouchers and the ledger follow. Whoever calls holds the lease.
"""

import hashlib
from datetime import datetime

import orjson
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from services.collection.assembly import CollectionContext
from services.collection.channels import from_file
from services.collection.channels.from_file import FiledPayment, FiledReturn, UndonePayment
from services.collection.channels.port import PAYMENT, RETURN, NotificationKind
from services.collection.differences import acts_store as store
from services.collection.differences.acts_store import Answered, FiledBack, FiledRow, OwnPayment
from services.collection.differences.problems import STEP_NOT_POSSIBLE
from services.collection.intake.claims_store import Claim, store_claims
from services.collection.queries import store as queries
from services.collection.queries.asking import about_order, about_transaction
from services.collection.queries.opening import open_this
from services.collection.queries.rules import subject_of
from services.collection.queries.store import Found, NewQuery
from services.collection.suspense.applying import Assignment, apply_by_case, fits

#: What a gateway says of a payment that never was.
_NEVER_WAS = ("closed", "unknown")


async def ask_gateway(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Have the channel asked what became of the payment; the case waits on. Raises Problem 409 or 422."""
    await open_this(conn, context, await _question(conn, case, decision))


async def _question(conn: AsyncConnection, case: CaseRow, decision: Decision) -> NewQuery:
    """By the order where it is one of ours, which every gateway can be asked by; else by the transaction."""
    payment_id = case.evidence.get("payment_id")
    own = await store.payment(conn, payment_id) if isinstance(payment_id, int) else None
    row = await row_if_any(conn, case)
    said: OwnPayment | FiledRow | None = own or row
    if said is None:
        raise STEP_NOT_POSSIBLE.problem(
            "A corrected file came since; look at the day again.", "已有更正的对账单，请重新查看当日。"
        )
    order = await queries.order(conn, said.order_no) if said.order_no is not None else None
    if order is not None and order.channel == said.channel:
        return about_order(order, case.division_code, "difference", decision.by, decision.at)
    found = Found(said.channel, said.transaction_no, case.county, case.division_code, case.coverage_year)
    return about_transaction(found, "difference", decision.by, decision.at)


async def check_row(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Raises Problem 409 where a payment cannot be taken over: it came meanwhile, or is none."""
    await _row_to_apply(conn, case)


async def apply_row(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Take a payment over that only the file has. Raises Problem 409."""
    row, key = await _row_to_apply(conn, case)
    filed = FiledPayment(
        transaction_no=row.transaction_no,
        paid_at=row.happened_at,
        amount_fen=row.amount_fen,
        county=row.county,
        coverage_year=row.coverage_year,
        order_no=row.order_no,
        case_id=case.case_id,
        file_id=row.file_id,
        line=row.line,
        file_sha256=row.sha256.hex(),
        by=decision.by,
        approved_by=decision.approved_by,
    )
    await _store(conn, case, row.channel, key, PAYMENT, from_file.PAYMENT_TYPE, filed, decision.at)


async def check_payment(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Raises Problem 409 where nobody said that a payment never was."""
    await _payment_to_undo(conn, case)


async def take_back(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Undo a payment that by its file and by its channel's answer never was. Raises Problem 409."""
    own, said, key = await _payment_to_undo(conn, case)
    undone = UndonePayment(
        transaction_no=own.transaction_no,
        return_no=f"undone-{own.payment_id}",
        returned_at=max(decision.at, own.paid_at),
        case_id=case.case_id,
        query_id=said.query_id,
        outcome=said.outcome,
        by=decision.by,
        approved_by=decision.approved_by,
    )
    await _store(conn, case, own.channel, key, RETURN, from_file.UNDONE_TYPE, undone, decision.at)


async def check_back(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Raises Problem 409 where nothing went back by the files, or something did here."""
    await _row_that_went_back(conn, case)


async def book_return(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Book what by its files a channel gave back, and did not tell of. Raises Problem 409.

    Its notices, when they come, tell of the same under the same numbers.
    """
    row, back = await _row_that_went_back(conn, case)
    for one in back:
        filed = FiledReturn(
            transaction_no=row.transaction_no,
            return_no=one.return_no,
            amount_fen=one.amount_fen,
            returned_at=one.happened_at,
            case_id=case.case_id,
            file_id=one.file_id,
            line=one.line,
            file_sha256=one.sha256.hex(),
            by=decision.by,
            approved_by=decision.approved_by,
        )
        key = f"return {one.return_no} FILED"
        if not await store.is_known(conn, row.channel, "", key):
            await _store(conn, case, row.channel, key, RETURN, from_file.RETURN_TYPE, filed, decision.at)


async def _row_that_went_back(conn: AsyncConnection, case: CaseRow) -> tuple[FiledRow, list[FiledBack]]:
    """The row, and what by the files went back of its transaction and is not on record. Raises Problem."""
    row = await row_if_any(conn, case)
    back = await store.went_back(conn, row) if row is not None and row.entry == "refund" else []
    if row is None or not back:
        raise STEP_NOT_POSSIBLE.problem(
            "By the files that count now nothing went back.", "现行对账单中没有该笔退款。"
        )
    known = await store.known_back(conn, row.channel, row.transaction_no)
    numbers = {one.return_no for one in known}
    missing = [one for one in back if one.return_no not in numbers]
    # What is on record under numbers that the files have not may be the same money: it is not booked twice.
    both = sum(one.amount_fen or 0 for one in known) + sum(one.amount_fen for one in missing)
    if not missing or both != sum(one.amount_fen for one in back):
        raise STEP_NOT_POSSIBLE.problem(
            "What went back here already is not what the files have: look at the day again.",
            "该笔已有退款记录与对账单不符，请重新查看当日。",
        )
    return row, missing


async def check_named(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Raises Problem 404 or 409 where money does not wait, or does not fit as the file has it."""
    await fits(conn, context.parts.settling, await _as_named(conn, case, decision), decision.at)


async def apply_as_named(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Apply money that waits to whom, or for which year, the file has it. Raises Problem 404 or 409."""
    assignment = await _as_named(conn, case, decision)
    await apply_by_case(conn, context.parts.settling, assignment, decision.by, decision.at)


async def _as_named(conn: AsyncConnection, case: CaseRow, decision: Decision) -> Assignment:
    """Of a payment the one line that waits, for the person or the year of the file. Raises Problem 409."""
    payment_id, person = case.evidence.get("payment_id"), case.evidence.get("theirs_person_id")
    year = case.evidence.get("theirs_year", case.coverage_year)
    waiting = await store.waiting(conn, payment_id) if isinstance(payment_id, int) else []
    if len(waiting) != 1 or not isinstance(person or 0, int) or not isinstance(year, int):
        raise STEP_NOT_POSSIBLE.problem(
            "Its money does not wait in one piece: have it given back, or noted what the channel said.",
            "该笔资金未整笔挂账，请办理退费，或记录渠道答复。",
        )
    if case.kind.endswith("other_person") and person is None:
        raise STEP_NOT_POSSIBLE.problem(
            "Whom the file names is not enrolled here.", "渠道文件所列人员未在本地参保登记。"
        )
    person_id = person if isinstance(person, int) else None
    return Assignment(
        waiting[0].payment_id, waiting[0].line_no, person_id, case.county, year, decision.reason
    )


async def _row_to_apply(conn: AsyncConnection, case: CaseRow) -> tuple[FiledRow, str]:
    """The row, and under which key it is stored. Raises Problem."""
    row = await row_if_any(conn, case)
    if row is None or row.entry != "payment" or row.state != "done":
        raise STEP_NOT_POSSIBLE.problem(
            "The file that counts now has no such payment.", "现行对账单中没有该笔成功缴费。"
        )
    key = f"{row.transaction_no} FILED"
    if await store.is_known(conn, row.channel, row.transaction_no, key):
        raise STEP_NOT_POSSIBLE.problem(
            "The payment is on record by now.", "该笔缴费已有记录，无需重复入账。"
        )
    return row, key


async def _payment_to_undo(conn: AsyncConnection, case: CaseRow) -> tuple[OwnPayment, Answered, str]:
    """The payment, what its channel said of it, and under which key that is stored. Raises Problem."""
    payment_id = case.evidence.get("payment_id")
    own = await store.payment(conn, payment_id) if isinstance(payment_id, int) else None
    if own is None or case.evidence.get("entry") != "payment":
        raise STEP_NOT_POSSIBLE.problem("It is about no payment of ours.", "该事项不涉及本系统的缴费。")
    by_order, by_transaction = subject_of(own.order_no or "", None), subject_of(None, own.transaction_no)
    said = await store.answered(conn, own.channel, by_order, by_transaction)
    if said is None or said.outcome not in _NEVER_WAS:
        raise STEP_NOT_POSSIBLE.problem(
            "The channel did not say that there is no such payment: ask it first.",
            "渠道尚未答复该笔缴费不存在或已关闭，请先查单。",
            outcome=said.outcome if said else None,
        )
    key = f"undone {own.transaction_no}"
    if await store.is_known(conn, own.channel, "", key):
        raise STEP_NOT_POSSIBLE.problem("It was taken back already.", "该笔缴费已冲回。")
    return own, said, key


async def row_if_any(conn: AsyncConnection, case: CaseRow) -> FiledRow | None:
    """The row of a file that a case is about; None where there is none, or a corrected file came since."""
    file_id, line = case.evidence.get("file_id"), case.evidence.get("line")
    return (
        await store.row(conn, file_id, line) if isinstance(file_id, int) and isinstance(line, int) else None
    )


async def _store(
    conn: AsyncConnection,
    case: CaseRow,
    channel: str,
    key: str,
    kind: NotificationKind,
    type: str,
    said: BaseModel,
    at: datetime,
) -> None:
    """Store it for the matcher, with all that it rests on."""
    await store_claims(conn, [claim_of(case, channel, key, kind, type, said, at)])


def claim_of(
    case: CaseRow, channel: str, key: str, kind: NotificationKind, type: str, said: BaseModel, at: datetime
) -> Claim:
    """What two officers decided, in the form of a notification."""
    raw = orjson.dumps({"type": type, "data": said.model_dump(mode="json")})
    return Claim(
        channel=channel,
        dedupe_key=key,
        kind=kind,
        content_sha256=hashlib.sha256(raw).digest(),
        headers=orjson.dumps({"case_id": case.case_id}).decode(),
        raw=raw,
        county=case.county or "",
        coverage_year=case.coverage_year,
        received_at=at,
    )
