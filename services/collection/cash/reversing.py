"""Takes back money that did not stay: a bounced cheque, a charged-back POS payment, a wrong entry."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases import store as cases
from libs.common.cases.store import Gone
from libs.common.events.collection import CashDepositReversed
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import CASH_ENTERED_LATE, LOST_VOUCHER_USED
from services.collection.cash import rules, store
from services.collection.cash.problems import REVERSAL_DOES_NOT_FIT
from services.collection.cash.rules import ReversalReason
from services.collection.cash.store import Receipt
from services.collection.channels.givebacks import NotifiedReturn, ReturnNotification
from services.collection.channels.port import RETURN
from services.collection.deposits import store as deposits
from services.collection.intake.claims_store import Claim, store_claims
from services.collection.matching.lease_store import hold_lease
from services.collection.problems import RECEIPT_NOT_REVERSIBLE
from services.collection.returns import store as returns


async def reverse(
    conn: AsyncConnection,
    receipt: Receipt,
    channel: str,
    *,
    reason: ReversalReason,
    returned_at: datetime,
    now: datetime,
) -> None:
    """Have the whole money of a receipt booked back, with its cover, as a channel's reversal is.

    Of a cheque that was deposited, the bank takes the money out of the account again. The paper of what was
    entered wrongly is free for the right entry, or to be declared void. Raises Problem.
    """
    await hold_lease(conn)
    if receipt.state != "passed" or receipt.returned_fen:
        raise RECEIPT_NOT_REVERSIBLE.problem()
    if not rules.comes_back_so(receipt.instrument, reason, banked=receipt.deposit_id is not None):
        raise REVERSAL_DOES_NOT_FIT.problem()
    await _take_back(conn, [receipt], channel, reason, returned_at, now)
    if receipt.deposit_id is None:
        return
    await deposits.bounce(conn, receipt.deposit_id, receipt.amount_fen)
    fact = CashDepositReversed(
        deposit_id=receipt.deposit_id,
        collector_id=receipt.collector_id,
        channel=rules.cash_channel(receipt.collector_id),
        county=receipt.county,
        coverage_year=receipt.coverage_year,
        division_code=receipt.division_code,
        amount_fen=receipt.amount_fen,
        reason="bounced_cheque",
        reversed_at=returned_at,
    )
    key = rules.cash_channel(receipt.collector_id)
    await outbox.append(conn, [Draft(fact, key, now, subject=f"cash-deposits/{receipt.deposit_id}")])


async def reverse_wrong_entries(
    conn: AsyncConnection, receipts: Sequence[Receipt], channel: str, now: datetime
) -> None:
    """Have the money of many receipts booked back that were entered wrongly. Whoever calls holds the lease,
    and has seen that none of it is at the bank. Held ones are never counted, those that are gone stay so.
    """
    counted = [one for one in receipts if one.state == "passed" and not one.returned_fen]
    await _take_back(conn, counted, channel, "entered_wrongly", now, now)
    held = [one.receipt_id for one in receipts if one.state == "held"]
    await store.refuse(conn, held)
    await store.free_paper(conn, held)
    gone = [
        Gone(kind.code, f"cash-receipts/{receipt_id}")
        for kind in (CASH_ENTERED_LATE, LOST_VOUCHER_USED)
        for receipt_id in held
    ]
    await cases.close_cases(conn, gone, now, "the receipt was entered wrongly")


async def _take_back(
    conn: AsyncConnection,
    receipts: Sequence[Receipt],
    channel: str,
    reason: ReversalReason,
    returned_at: datetime,
    now: datetime,
) -> None:
    ids = [one.receipt_id for one in receipts]
    claims = [_claim(one, channel, reason, returned_at, now) for one in receipts]
    # Of what had been refunded whole nothing is noted as gone, but that it is gone is told once.
    if await store.give_back(conn, ids) != len(ids) or len(await store_claims(conn, claims)) != len(ids):
        raise RECEIPT_NOT_REVERSIBLE.problem()
    if reason == "entered_wrongly":
        await store.free_paper(conn, ids)


async def people_of(conn: AsyncConnection, receipts: Sequence[Receipt]) -> list[int]:
    """Whose money it was, as far as it is known."""
    lines = await returns.lines(conn, [one.payment_id for one in receipts])
    return sorted({line.person_id for of in lines.values() for line in of if line.person_id is not None})


def channel_and_number(receipt: Receipt, channel: str) -> tuple[str, str]:
    """Under which channel and number the payment of a receipt was stored."""
    if receipt.instrument in rules.IN_HAND:
        return rules.cash_channel(receipt.collector_id), f"R{receipt.receipt_id}"
    return channel, receipt.reference or ""


def _claim(receipt: Receipt, channel: str, reason: str, returned_at: datetime, now: datetime) -> Claim:
    name, number = channel_and_number(receipt, channel)
    told = ReturnNotification(
        type="payment.reversed",
        data=NotifiedReturn(
            transaction_no=number,
            return_no=f"{number}-back",
            returned_at=returned_at,
            amount_fen=receipt.amount_fen,
            reason=reason,
        ),
    )
    data = told.data.model_dump(mode="json", exclude_none=True) | {"returned_at": shanghai(returned_at)}
    return Claim(
        channel=name,
        dedupe_key=told.dedupe_key,
        kind=RETURN,
        content_sha256=told.digest_of_claim(),
        headers=orjson.dumps({"reason": reason, "voucher_nos": " ".join(receipt.voucher_nos)}).decode(),
        raw=orjson.dumps({"type": told.type, "data": data}),
        county=receipt.county,
        coverage_year=receipt.coverage_year,
        received_at=now,
    )
