"""What a channel says about money that it gave back, took back, or never got, in the signed JSON webhook."""

import hashlib
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from libs.common.identity import clean_number
from libs.common.web.schemas import FreeText, WrittenInstant
from services.collection.channels.port import ReportedReturn, ReturnKind

_Said = ConfigDict(frozen=True, extra="ignore")
_Number = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
_KINDS: dict[str, ReturnKind] = {
    "payment.refunded": "refund",
    "payment.reversed": "reversal",
    "payment.failed": "failed",
}


class NotifiedReturn(BaseModel):
    """Money of one payment that went back, or never came."""

    model_config = _Said

    transaction_no: _Number = Field(description="the payment that it is about")
    return_no: _Number | None = Field(
        default=None, description="the channel's number of the refund or reversal, never used twice"
    )
    returned_at: WrittenInstant
    amount_fen: int | None = Field(
        default=None, strict=True, gt=0, le=10**12, description="null: all that is left of the payment"
    )
    id_number: str | None = Field(
        default=None,
        min_length=5,
        max_length=32,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="whose part of a payment for several persons went back",
    )
    reason: Annotated[FreeText, Field(max_length=500)] | None = None


class ReturnNotification(BaseModel):
    """The body of a notification about a payment that was told of before, or will be.

    `payment.refunded`: money was given back, the whole or a part. `payment.reversed`: the money never stayed
    (a bounced cheque, a chargeback). `payment.failed`: a payment that was told of as taken had failed.
    """

    model_config = _Said

    type: Literal["payment.refunded", "payment.reversed", "payment.failed"]
    timestamp: str | int | None = Field(default=None, description="when the channel made this message")
    data: NotifiedReturn

    @model_validator(mode="after")
    def _is_numbered(self) -> "ReturnNotification":
        if self.type != "payment.failed" and self.data.return_no is None:
            raise PydanticCustomError("missing", "Give the return_no of the refund or reversal.")
        if self.type == "payment.refunded" and self.data.amount_fen is None:
            raise PydanticCustomError("missing", "Give the amount_fen that went back.")
        return self

    @property
    def return_no(self) -> str:
        """Its number; of a failure that has none it follows from the payment."""
        return self.data.return_no or f"failed-{self.data.transaction_no}"

    @property
    def dedupe_key(self) -> str:
        """The blank keeps it apart from every transaction number."""
        return f"return {self.return_no}"

    def digest_of_claim(self) -> bytes:
        """Digest what is claimed, whatever the words."""
        said = self.data
        person = clean_number(said.id_number) if said.id_number is not None else None
        claim = (self.type, said.transaction_no, said.returned_at.isoformat(), said.amount_fen, person)
        return hashlib.sha256(orjson.dumps(claim)).digest()


def tells_of_return(body: JsonValue) -> bool:
    """Whether a body is about money that went back."""
    return isinstance(body, dict) and body.get("type") in _KINDS


def returned_by(raw: bytes) -> ReportedReturn:
    """Read a stored body again."""
    told = ReturnNotification.model_validate(orjson.loads(raw))
    return ReportedReturn(
        transaction_no=told.data.transaction_no,
        return_no=told.return_no,
        kind=_KINDS[told.type],
        status="done",
        amount_fen=told.data.amount_fen,
        returned_at=told.data.returned_at,
        id_number=told.data.id_number,
    )
