"""The UnionPay channel (gateway 5.1.0, 云闪付 among it): what its notices mean for us.

A transaction is known by `queryId`: a purchase (01), and as transactions of their own its refund (04) and its
revocation on the same day (31), which name it in `origQryId`. The page that the payer comes back to is given
the same fields as the notice behind it; whichever of the two arrives first counts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.common.clock import SHANGHAI
from libs.common.web.problems import Problem
from libs.common.web.schemas import bounded
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
    ReturnKind,
    Signature,
)
from services.collection.channels.unionpay import UnionPayMerchant, UnionPaySigners

KIND = "unionpay"
PURCHASE, REFUND = "01", "04"
_GOES_BACK: Mapping[str, ReturnKind] = {REFUND: "refund", "31": "reversal"}
#: 00 succeeded; A6 succeeded with a defect that does not touch the money.
SUCCEEDED = ("00", "A6")
RENMINBI = "156"
_NUMBER = r"^[!-~]{1,64}$"
#: Who signed a notice: the certificate may change between its repetitions.
_OF_WHO_SIGNED = ("signature", "signPubKeyCert")


def _amount(written: object) -> int:
    """Read an amount in fen."""
    if not (isinstance(written, str) and written.isascii() and written.isdigit() and len(written) <= 12):
        raise ValueError("an amount is at most twelve digits, in fen")
    return int(written)


def _instant(written: object) -> datetime:
    """Read fourteen digits of the clock of China."""
    if not (isinstance(written, str) and written.isascii() and written.isdigit() and len(written) == 14):
        raise ValueError("an instant is yyyyMMddHHmmss")
    return bounded(datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI))


Fen = Annotated[int, BeforeValidator(_amount), Field(gt=0)]
ChinaTime = Annotated[datetime, BeforeValidator(_instant)]


class UnionPayTransaction(BaseModel):
    """One transaction that succeeded, as far as we read it. `txnTime` is when it was asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    queryId: str = Field(pattern=_NUMBER)
    orderId: str = Field(max_length=64, pattern=r"^[^\x00]*$")
    merId: str
    txnAmt: Fen
    currencyCode: str = RENMINBI
    txnTime: ChinaTime
    traceTime: str | None = Field(default=None, pattern=r"^[0-9]{10}$")

    @property
    def made_at(self) -> datetime:
        """When UnionPay carried it out: `traceTime` has no year, so it is the one nearest to `txnTime`."""
        if self.traceTime is None:
            return self.txnTime
        years = (self.txnTime.year + difference for difference in (-1, 0, 1))
        found = [instant for year in years if (instant := _of_year(year, self.traceTime)) is not None]
        return min(found, key=lambda instant: abs(instant - self.txnTime), default=self.txnTime)


class UnionPayReturn(UnionPayTransaction):
    """A refund or a revocation, which may also have failed."""

    txnType: str
    origQryId: str = Field(pattern=_NUMBER)
    respCode: str


class UnionPayChannel:
    """One merchant at UnionPay."""

    def __init__(self, merchant: UnionPayMerchant, gateway: Gateway | None = None) -> None:
        self._merchant = merchant
        self._gateway = gateway
        self._signers = UnionPaySigners(merchant)

    @property
    def gateway(self) -> Gateway | None:
        """Where it is asked, if the settings have our own key there."""
        return self._gateway

    @property
    def signed_by(self) -> tuple[Signature, ...]:
        """As the wallet does."""
        return ("unionpay",)

    @property
    def account(self) -> str:
        """Our number there, as its files name it."""
        return self._merchant.mer_id

    def read(
        self, raw: bytes, headers: Mapping[str, str], *, now: int, received_at: datetime
    ) -> Notification:
        """Verify and sort by what it tells. Raises Problem 400 or 401."""
        signers = self._signers
        return read_notice(
            *(KIND, raw, "encoding"),
            lambda fields: signers.verify(fields, received_at),
            order_no="orderId",
            told_by=_told_by,
        )

    def reported(self, raw: bytes, content: bytes | None) -> ReportedPayment:
        """Read the kept fields of a purchase again."""
        return reported_by(content or b"", self._merchant)

    def returned(self, raw: bytes, content: bytes | None) -> ReportedReturn:
        """Read the kept fields of a refund or a revocation again."""
        return returned_by(content or b"")

    def accepted(self, payment_id: int) -> Answer:
        """UnionPay reads the status."""
        return Answer(200, b"ok", "text/plain")

    def refused(self, problem: Problem) -> Answer | None:
        """UnionPay sends again after any other status."""
        return Answer(problem.status, b"failure", "text/plain")


def reported_by(content: bytes, merchant: UnionPayMerchant | None) -> ReportedPayment:
    """Read a kept purchase. Money for another merchant (or for none of ours any more) is doubtful."""
    paid = UnionPayTransaction.model_validate(read_kept(KIND, content))
    doubt: Doubt | None = None
    if merchant is None or paid.merId != merchant.mer_id:
        doubt = "unknown_order"
    elif paid.currencyCode != RENMINBI:
        doubt = "wrong_amount"
    return ReportedPayment(
        transaction_no=paid.queryId,
        paid_at=paid.made_at,
        amount_fen=paid.txnAmt,
        order_no=paid.orderId,
        doubt=doubt,
    )


def returned_by(content: bytes) -> ReportedReturn:
    """Read a kept refund or revocation; one that did not succeed for certain is for somebody to look at."""
    told = UnionPayReturn.model_validate(read_kept(KIND, content))
    return ReportedReturn(
        transaction_no=told.origQryId,
        return_no=told.queryId,
        kind=_GOES_BACK[told.txnType],
        status="done" if told.respCode in SUCCEEDED else "abnormal",
        amount_fen=told.txnAmt,
        returned_at=told.made_at,
        request_no=told.orderId,
    )


def _told_by(fields: Mapping[str, str]) -> tuple[str, NotificationKind, object]:
    """Give (dedupe key, kind, what is claimed)."""
    kind, code = fields.get("txnType"), fields.get("respCode", "")
    try:
        if kind in _GOES_BACK:
            back = UnionPayReturn.model_validate(fields)
            key = f"return {back.queryId}" + ("" if code in SUCCEEDED else f" {code}")
            return key, RETURN, (*_claim(back), kind, back.origQryId)
        if kind == PURCHASE and code in SUCCEEDED:
            paid = UnionPayTransaction.model_validate(fields)
            return paid.queryId, PAYMENT, _claim(paid)
    except ValidationError:
        return f"unread:{_number(fields)}", RETURN if kind in _GOES_BACK else PAYMENT, _all_said(fields)
    # A purchase that failed, or whose outcome is not known yet, or a transaction of another kind.
    return f"other:{_number(fields)}:{code}", OTHER, _all_said(fields)


def _claim(told: UnionPayTransaction) -> tuple[object, ...]:
    made_at = told.made_at.isoformat()
    return told.queryId, told.orderId, told.merId, told.txnAmt, told.currencyCode, made_at


def _of_year(year: int, month_to_second: str) -> datetime | None:
    try:
        return _instant(f"{year}{month_to_second}")
    except ValueError:
        return None


def _all_said(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    return all_said(fields, _OF_WHO_SIGNED)


def _number(fields: Mapping[str, str]) -> str:
    """The number of a transaction; of one without any its fields."""
    return number_of(fields, "queryId", _OF_WHO_SIGNED)
