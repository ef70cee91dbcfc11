"""Money that a channel's file tells of, as it is stored for the matcher when two officers took its word.

No channel can say so of itself: the types of these messages are taken from nobody.
"""

from datetime import datetime
from typing import Literal

import orjson
from pydantic import BaseModel

from services.collection.channels.own_types import is_of
from services.collection.channels.port import ReportedPayment, ReportedReturn

PAYMENT_TYPE = "payment.from_file"
RETURN_TYPE = "return.from_file"
UNDONE_TYPE = "payment.undone"
CORRECTED_TYPE = "payment.corrected"
_TYPES = (PAYMENT_TYPE, RETURN_TYPE, UNDONE_TYPE, CORRECTED_TYPE)


class FiledPayment(BaseModel):
    """A payment of a file, with the row that has it, and who took it over."""

    transaction_no: str
    paid_at: datetime
    amount_fen: int
    county: str
    coverage_year: int | None
    order_no: str | None
    case_id: int
    file_id: int
    line: int
    file_sha256: str
    by: str
    approved_by: str | None


class FiledReturn(BaseModel):
    """Money that went back by a file, with the row that has it, and who took it over."""

    transaction_no: str
    return_no: str
    amount_fen: int
    returned_at: datetime
    case_id: int
    file_id: int
    line: int
    file_sha256: str
    by: str
    approved_by: str | None


class UndonePayment(BaseModel):
    """A payment that was told of and never was, by its file and by what its channel answered."""

    transaction_no: str
    return_no: str
    returned_at: datetime
    case_id: int
    query_id: int
    outcome: str
    by: str
    approved_by: str | None


class CorrectedPayment(FiledPayment):
    """A payment as a file has it, in the place of `replaces_id`, which had the number before."""

    replaces_id: int
    person_id: int | None


class _Filed(BaseModel):
    type: Literal["payment.from_file"]
    data: FiledPayment


class _Corrected(BaseModel):
    type: Literal["payment.corrected"]
    data: CorrectedPayment


class _FiledReturn(BaseModel):
    type: Literal["return.from_file"]
    data: FiledReturn


class _Undone(BaseModel):
    type: Literal["payment.undone"]
    data: UndonePayment


def is_from_file(raw: bytes) -> bool:
    """Whether this was stored for a row of a file, or instead of it."""
    return is_of(raw, _TYPES)


def reported_by(raw: bytes) -> ReportedPayment:
    """Read a payment. A file names nobody: without an order it waits for an officer who knows whose it is."""
    body = orjson.loads(raw)
    kept = _Corrected if body["type"] == CORRECTED_TYPE else _Filed
    filed: FiledPayment = kept.model_validate(body).data
    return ReportedPayment(
        transaction_no=filed.transaction_no,
        paid_at=filed.paid_at,
        amount_fen=filed.amount_fen,
        order_no=filed.order_no,
        county=filed.county,
        coverage_year=filed.coverage_year,
        doubt=None if filed.order_no is not None else "unknown_order",
    )


def returned_by(raw: bytes) -> ReportedReturn:
    """Read what went back by a file, or that a payment never was: then all that is left of it."""
    body = orjson.loads(raw)
    if body["type"] == RETURN_TYPE:
        filed = _FiledReturn.model_validate(body).data
        return ReportedReturn(
            transaction_no=filed.transaction_no,
            return_no=filed.return_no,
            kind="refund",
            status="done",
            amount_fen=filed.amount_fen,
            returned_at=filed.returned_at,
        )
    undone = _Undone.model_validate(body).data
    return ReportedReturn(
        transaction_no=undone.transaction_no,
        return_no=undone.return_no,
        kind="failed",
        status="done",
        amount_fen=None,
        returned_at=undone.returned_at,
    )
