"""What a channel says about money that it gave back, took back, or never got, in the signed JSON webhook.

It says so by itself, or as the answer when it is asked.
"""

import hashlib
from typing import Annotated, Literal, LiteralString

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from libs.common.identity import clean_number
from libs.common.web.schemas import FreeText, WrittenInstant
from services.collection.channels.port import RefundOutcome, ReportedReturn, ReturnKind, ReturnStatus

_Said = ConfigDict(frozen=True, extra="ignore")
_Number = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
#: What each type tells of: what kind of return it is, and whether that was carried out.
_KINDS: dict[str, tuple[ReturnKind, ReturnStatus]] = {
    "payment.refunded": ("refund", "done"),
    "payment.reversed": ("reversal", "done"),
    "payment.failed": ("failed", "done"),
    "refund.closed": ("refund", "closed"),
    "refund.abnormal": ("refund", "abnormal"),
}
#: The types of notices about money that went back.
RETURN_TYPES = tuple(_KINDS)
#: As what a notice would tell of it: a refund that has ended, by its status.
_NOTICES: dict[RefundOutcome, str] = {
    "done": "payment.refunded",
    "closed": "refund.closed",
    "abnormal": "refund.abnormal",
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
    request_no: _Number | None = Field(
        default=None, description="our number of it, where we asked the channel to give the money back"
    )
    reason: Annotated[FreeText, Field(max_length=500)] | None = None


class ReturnNotification(BaseModel):
    """The body of a notification about a payment that was told of before, or will be.

    `payment.refunded`: money was given back, the whole or a part. `payment.reversed`: the money never stayed
    (a bounced cheque, a chargeback). `payment.failed`: a payment that was told of as taken had failed.
    `refund.closed`, `refund.abnormal`: what we asked for under `request_no` was given up, or could not be
    carried out (the payer's account is closed); nothing went back.
    """

    model_config = _Said

    type: Literal[
        "payment.refunded", "payment.reversed", "payment.failed", "refund.closed", "refund.abnormal"
    ]
    timestamp: str | int | None = Field(default=None, description="when the channel made this message")
    data: NotifiedReturn

    @model_validator(mode="after")
    def _is_numbered(self) -> "ReturnNotification":
        if self.type in ("payment.refunded", "payment.reversed") and self.data.return_no is None:
            raise _lacks(
                "Give data.return_no, your number of the refund or reversal.",
                "请填写 data.return_no（贵方的退款或冲正编号）。",
            )
        if self.status != "done" and self.data.request_no is None:
            raise _lacks(
                "Give data.request_no, under which it was asked for.",
                "请填写 data.request_no（申请退款时的编号）。",
            )
        if self.type == "payment.refunded" and self.data.amount_fen is None:
            raise _lacks("Give data.amount_fen, what went back.", "请填写 data.amount_fen（退回金额）。")
        return self

    @property
    def status(self) -> ReturnStatus:
        """Whether money went back."""
        return _KINDS[self.type][1]

    @property
    def return_no(self) -> str:
        """Its number; of one that has none it is ours, or follows from the payment."""
        if self.type == "payment.failed":
            return self.data.return_no or f"failed-{self.data.transaction_no}"
        return self.data.return_no or self.data.request_no or ""

    @property
    def dedupe_key(self) -> str:
        """The blank keeps it apart from every transaction number."""
        return f"return {self.return_no}" + ("" if self.status == "done" else f" {self.status}")

    def digest_of_claim(self) -> bytes:
        """Digest what is claimed, whatever the words."""
        said = self.data
        person = clean_number(said.id_number) if said.id_number is not None else None
        claim = [self.type, said.transaction_no, said.returned_at.isoformat(), said.amount_fen, person]
        if said.request_no is not None:
            claim.append(said.request_no)
        return hashlib.sha256(orjson.dumps(claim)).digest()


def _lacks(words: LiteralString, words_zh: str) -> PydanticCustomError:
    """What this type needs and others do not; the pointer is that of the whole body, so the words name it."""
    return PydanticCustomError("member_needed", words, {"message_zh": words_zh})


class AnsweredRefund(BaseModel):
    """How a refund stands that a channel was asked for or about under `request_no`.

    `processing`: it is at it; `done`: the money went back; `closed`: it gave it up; `abnormal`: the payer's
    account cannot take it; `refused`: it will not, and has done nothing; `later`: it has done nothing, and
    may another time; `unknown`: it has taken no such request.
    """

    model_config = _Said

    request_no: _Number
    status: RefundOutcome
    transaction_no: _Number | None = None
    return_no: _Number | None = None
    amount_fen: int | None = Field(default=None, strict=True, gt=0, le=10**12)
    returned_at: WrittenInstant | None = Field(default=None, description="when it went back or ended")
    reason: str | None = Field(default=None, pattern=r"^[!-~]{1,60}$", description="a code, why it will not")


class RefundAnswer(BaseModel):
    """The body of an answer of a channel that is asked to give money back."""

    model_config = _Said

    type: Literal["refund.status"]
    timestamp: str | int | None = None
    data: AnsweredRefund

    def notice(self) -> ReturnNotification:
        """What a notice would say of one that has ended. Raises ValidationError where it does not say all."""
        said = self.data.model_dump(mode="json", exclude={"status", "reason"})
        return ReturnNotification.model_validate({"type": _NOTICES[self.data.status], "data": said})


def tells_of_return(body: JsonValue) -> bool:
    """Whether a body is about money that went back."""
    return isinstance(body, dict) and body.get("type") in _KINDS


def returned_by(raw: bytes) -> ReportedReturn:
    """Read a stored body again: a notice, or an answer to what was asked."""
    body = orjson.loads(raw)
    asked = body.get("type") not in _KINDS
    told = RefundAnswer.model_validate(body).notice() if asked else ReturnNotification.model_validate(body)
    kind, status = _KINDS[told.type]
    return ReportedReturn(
        transaction_no=told.data.transaction_no,
        return_no=told.return_no,
        kind=kind,
        status=status,
        amount_fen=told.data.amount_fen,
        returned_at=told.data.returned_at,
        id_number=told.data.id_number,
        request_no=told.data.request_no,
    )
