"""The Alipay channel: what its notices mean for us.

A trade is known by `trade_no`. TRADE_SUCCESS and TRADE_FINISHED both say that it was paid. A notice with
`refund_fee` tells of a refund, whatever the state beside it: a trade of which a part went back is still in
TRADE_SUCCESS. `refund_fee` is all that went back so far.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.web.problems import Problem
from libs.common.web.schemas import bounded
from services.collection.channels import alipay
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.forms import all_said, number_of, read_kept, read_notice
from services.collection.channels.port import (
    OTHER,
    PAYMENT,
    RETURN,
    Answer,
    Doubt,
    Gateway,
    Notification,
    NotificationKind,
    ReportedPayment,
    ReportedReturn,
    Signature,
)

KIND = "alipay"
PAID_STATES = ("TRADE_SUCCESS", "TRADE_FINISHED")
_NUMBER = r"^[!-~]{1,64}$"
#: What differs between repetitions of a notice.
_OF_EACH_TIME = ("sign", "notify_time")
_YUAN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?")


def _fen(yuan: object) -> int:
    """Read yuan with at most two decimals."""
    if not (isinstance(yuan, str) and _YUAN.fullmatch(yuan)):
        raise ValueError("an amount is yuan with at most two decimals")
    return parse_yuan(f"{yuan}元")


def _instant(written: object) -> datetime:
    """Read an instant of Alipay, which writes the clock of China without an offset."""
    if not (isinstance(written, str) and _INSTANT.fullmatch(written)):
        raise ValueError("an instant is yyyy-MM-dd HH:mm:ss")
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


Yuan = Annotated[int, BeforeValidator(_fen)]
ChinaTime = Annotated[datetime, BeforeValidator(_instant), AfterValidator(bounded)]


class AlipayTrade(BaseModel):
    """A notice that a trade was paid, as far as we read it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    trade_no: str = Field(pattern=_NUMBER)
    out_trade_no: str = Field(max_length=64, pattern=r"^[^\x00]*$")
    trade_status: str
    total_amount: Annotated[Yuan, Field(gt=0)]
    gmt_payment: ChinaTime
    app_id: str | None = None
    seller_id: str | None = None


class AlipayRefund(BaseModel):
    """A notice that something of a trade went back; without `refund_fee` nobody says how much.

    `refund_amount` is what went back by this refund alone: that is told only when it is asked.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    trade_no: str = Field(pattern=_NUMBER)
    out_biz_no: str | None = Field(default=None, pattern=_NUMBER)
    refund_fee: Yuan | None = None
    refund_amount: Yuan | None = None
    gmt_refund: ChinaTime | None = None

    @property
    def return_no(self) -> str:
        """The number of the refund: the seller's own is unique within a trade only."""
        return f"{self.trade_no}-{self.out_biz_no or self.refund_fee or 'closed'}"


class AlipayChannel:
    """One seller at Alipay."""

    def __init__(self, seller: AlipaySeller, gateway: Gateway | None = None) -> None:
        self._seller = seller
        self._gateway = gateway

    @property
    def gateway(self) -> Gateway | None:
        """Where it is asked, if the settings have our own key there."""
        return self._gateway

    @property
    def signed_by(self) -> tuple[Signature, ...]:
        """As the wallet does."""
        return ("alipay",)

    @property
    def account(self) -> str:
        """Our number there, as its files name it."""
        return self._seller.seller_id

    def read(
        self, raw: bytes, headers: Mapping[str, str], *, now: int, received_at: datetime
    ) -> Notification:
        """Verify and sort by what it tells. Raises Problem 400 or 401."""
        keys = self._seller.keys
        return read_notice(
            *(KIND, raw, "charset"),
            lambda fields: alipay.verify(fields, keys),
            order_no="out_trade_no",
            told_by=_told_by,
        )

    def reported(self, raw: bytes, content: bytes | None) -> ReportedPayment:
        """Read the kept fields of a payment again."""
        return reported_by(content or b"", self._seller)

    def returned(self, raw: bytes, content: bytes | None) -> ReportedReturn:
        """Read the kept fields of a refund again."""
        return returned_by(content or b"")

    def accepted(self, payment_id: int) -> Answer:
        """Exactly these seven bytes: with anything else Alipay sends again."""
        return Answer(200, b"success", "text/plain")

    def refused(self, problem: Problem) -> Answer | None:
        """Alipay sends again after anything but success."""
        return Answer(problem.status, b"failure", "text/plain")


def reported_by(content: bytes, seller: AlipaySeller | None) -> ReportedPayment:
    """Read a kept payment. Money for another seller or app (or for none of ours any more) is doubtful."""
    paid = AlipayTrade.model_validate(read_kept(KIND, content))
    doubt: Doubt | None = None
    if seller is None or (paid.app_id, paid.seller_id) != (seller.app_id, seller.seller_id):
        doubt = "unknown_order"
    return ReportedPayment(
        transaction_no=paid.trade_no,
        paid_at=paid.gmt_payment,
        amount_fen=paid.total_amount,
        order_no=paid.out_trade_no,
        doubt=doubt,
        # Told so only when it is asked: a trade that was paid and is closed had all of it given back.
        returned=paid.trade_status == "TRADE_CLOSED",
    )


def returned_by(content: bytes) -> ReportedReturn:
    """Read a kept refund. A paid trade that is closed without an amount is for somebody to look at."""
    told = AlipayRefund.model_validate(read_kept(KIND, content))
    amount_fen = told.refund_fee or told.refund_amount or None
    return ReportedReturn(
        transaction_no=told.trade_no,
        return_no=told.return_no,
        kind="refund",
        status="done" if amount_fen else "abnormal",
        amount_fen=amount_fen,
        returned_at=told.gmt_refund,
        so_far=not (told.refund_amount and not told.refund_fee),
        request_no=told.out_biz_no,
    )


def _told_by(fields: Mapping[str, str]) -> tuple[str, NotificationKind, object]:
    """Give (dedupe key, kind, what is claimed)."""
    state = fields.get("trade_status", "")
    if state in (*PAID_STATES, "TRADE_CLOSED") and _goes_back(fields, state):
        try:
            told = AlipayRefund.model_validate(fields)
        except ValidationError:
            return f"unread:{_number(fields)}", RETURN, _all_said(fields)
        # The state and the sum so far belong to the key: the same refund is told of in several.
        key = f"return {told.return_no} {told.refund_fee} {state}"
        return key, RETURN, (told.trade_no, told.out_biz_no, told.refund_fee)
    if state in PAID_STATES:
        try:
            paid = AlipayTrade.model_validate(fields)
        except ValidationError:
            return f"unread:{_number(fields)}", PAYMENT, _all_said(fields)
        key = paid.trade_no if state == "TRADE_SUCCESS" else f"{paid.trade_no} {state}"
        return key, PAYMENT, (
            *(paid.trade_no, paid.out_trade_no, paid.total_amount, paid.gmt_payment.isoformat()),
            *(paid.app_id, paid.seller_id),
        )  # fmt: skip
    # An unpaid trade, or a notice of another kind.
    return f"other:{_number(fields)}", OTHER, _all_said(fields)


def _goes_back(fields: Mapping[str, str], state: str) -> bool:
    """Whether money of a trade that was paid went back; an unpaid trade closes without any."""
    some = fields.get("refund_fee", "").strip("0.") or fields.get("gmt_refund")
    return bool(some) or (state == "TRADE_CLOSED" and bool(fields.get("gmt_payment")))


def _all_said(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    return all_said(fields, _OF_EACH_TIME)


def _number(fields: Mapping[str, str]) -> str:
    """The number of a notice, the same over its repetitions; of one without any its fields."""
    return number_of(fields, "notify_id", _OF_EACH_TIME)
