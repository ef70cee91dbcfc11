"""Composes what the matcher is told of a bank's answers about debits, as a channel would have said it."""

from datetime import datetime

import orjson

from libs.common.web.schemas import shanghai
from services.collection.channels.generic import NotifiedPayment, digest_of_claim
from services.collection.channels.givebacks import NotifiedReturn, ReturnNotification
from services.collection.channels.port import PAYMENT, RETURN
from services.collection.debits.rules import Settlement, debit_no
from services.collection.debits.store import BatchRow
from services.collection.intake.claims_store import Claim


def debited(batch: BatchRow, one: Settlement, by: str, at: datetime) -> Claim:
    """That the bank debited an account for an order."""
    number, paid_at = debit_no(one.debit.debit_id), one.paid_at
    said = NotifiedPayment(
        transaction_no=number,
        paid_at=paid_at,
        amount_fen=one.debit.amount_fen,
        county=batch.county,
        coverage_year=batch.coverage_year,
        order_no=one.debit.order_no,
    )
    data = said.model_dump(mode="json", exclude_none=True, exclude={"items"})
    data["paid_at"] = shanghai(said.paid_at)
    return Claim(
        channel=batch.channel,
        dedupe_key=number,
        kind=PAYMENT,
        content_sha256=digest_of_claim(said),
        headers=orjson.dumps({"debit_batch": batch.batch_id, "entered_by": by}).decode(),
        raw=orjson.dumps({"type": "payment.succeeded", "data": data}),
        county=batch.county,
        coverage_year=batch.coverage_year,
        received_at=at,
    )


def given_back(batch: BatchRow, one: Settlement, at: datetime) -> Claim:
    """That the bank gave a debit back: it is on the account that it came from."""
    number = debit_no(one.debit.debit_id)
    told = ReturnNotification(
        type="payment.reversed",
        data=NotifiedReturn(
            transaction_no=number,
            return_no=f"{number}-back",
            returned_at=one.returned_at,
            amount_fen=one.debit.amount_fen,
            reason=one.reason,
        ),
    )
    data = told.data.model_dump(mode="json", exclude_none=True)
    data["returned_at"] = shanghai(told.data.returned_at)
    return Claim(
        channel=batch.channel,
        dedupe_key=told.dedupe_key,
        kind=RETURN,
        content_sha256=told.digest_of_claim(),
        headers=orjson.dumps({"debit_batch": batch.batch_id}).decode(),
        raw=orjson.dumps({"type": told.type, "data": data}),
        county=batch.county,
        coverage_year=batch.coverage_year,
        received_at=at,
    )
