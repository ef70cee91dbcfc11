"""Has Alipay give money of a trade back (`alipay.trade.refund`), and asks what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from libs.common.money import yuan_decimals
from services.collection.channels.alipay_gateway import AlipayGateway
from services.collection.channels.alipay_notices import KIND, AlipayRefund
from services.collection.channels.forms import asked_for
from services.collection.channels.port import RETURN, Call, Refunded, Reply, Unclear, Wanted

_REFUND, _QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
#: What the payer reads beside the money.
_REASON = "城乡居民基本医疗保险费退款"
_SUCCESS, _FAILED = "10000", "40004"
_NO_SUCH = ("ACQ.TRADE_NOT_EXIST", "ACQ.REFUND_NOT_EXIST")
#: Nothing was done; it may be another time.
_LATER = ("ACQ.SELLER_BALANCE_NOT_ENOUGH",)
#: Nobody knows whether anything was done.
_NOT_KNOWN = ("ACQ.SYSTEM_ERROR", "AOP.ACQ.SYSTEM_ERROR")


@dataclass(frozen=True)
class AlipayRefunds:
    """Refunds of one seller. How long, and how often, a trade may be given back is said by its own answer."""

    gateway: AlipayGateway
    within: timedelta | None = None
    most: int | None = None

    def ask(self, wanted: Wanted, now: int) -> Call:
        """Ask by their trade and our number."""
        about = {
            "trade_no": wanted.transaction_no,
            "out_request_no": wanted.request_no,
            "refund_amount": yuan_decimals(wanted.amount_fen),
            "refund_reason": _REASON,
        }
        return self.gateway.call(_REFUND, about, now)

    def asked(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read whether it was taken. What it comes to says the query alone. Raises Unclear.

        The amount in this answer is all that ever went back of the trade, and `fund_change` is N of a repeat.
        """
        said = self.gateway.read(_REFUND, reply)
        code, word = said.get("code"), _word(said, reply)
        if code == _SUCCESS:
            if said.get("trade_no") != wanted.transaction_no:
                raise Unclear("of_another_trade")
            return Refunded("processing", f"fund_change_{said.get('fund_change', '')}"[:60])
        if code != _FAILED or word.upper() in _NOT_KNOWN:
            raise Unclear(word)
        return Refunded("later" if word in _LATER else "refused", word)

    def query(self, wanted: Wanted, now: int) -> Call:
        """Ask by their trade and our number."""
        about = {
            "trade_no": wanted.transaction_no,
            "out_request_no": wanted.request_no,
            "query_options": ["gmt_refund_pay"],
        }
        return self.gateway.call(_QUERY, about, now)

    def told(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read how it stands: it is told of when it has succeeded, else not at all. Raises Unclear."""
        said = self.gateway.read(_QUERY, reply)
        word = _word(said, reply)
        if word in _NO_SUCH:
            return Refunded("unknown", word)
        if said.get("code") != _SUCCESS:
            raise Unclear(word)
        if not said.get("refund_amount"):
            return Refunded("unknown", "no_refund")
        if said.get("refund_status", "REFUND_SUCCESS") != "REFUND_SUCCESS":
            raise Unclear(f"refund_status_{said.get('refund_status')}"[:60])
        about = said.get("trade_no"), said.get("out_request_no")
        if about != (wanted.transaction_no, wanted.request_no):
            raise Unclear("of_another_refund")
        return _done(wanted, said)


def _word(said: Mapping[str, object], reply: Reply) -> str:
    return str(said.get("sub_code") or said.get("code") or reply.status)[:60]


def _done(wanted: Wanted, said: Mapping[str, object]) -> Refunded:
    fields = {
        "trade_no": wanted.transaction_no,
        "out_biz_no": wanted.request_no,
        "refund_amount": str(said["refund_amount"]),
    }
    if said.get("gmt_refund_pay"):
        fields["gmt_refund"] = str(said["gmt_refund_pay"])
    try:
        refund = AlipayRefund.model_validate(fields)
    except ValidationError:
        raise Unclear("unreadable") from None
    if refund.refund_amount != wanted.amount_fen:
        raise Unclear("of_another_amount")
    return Refunded("done", "REFUND_SUCCESS", asked_for(KIND, fields, f"return {refund.return_no}", RETURN))
