"""Has UnionPay (gateway 5.1.0) give money of a purchase back (退货), and asks what became of it.

A refund is a transaction of its own: it is known by our number and the instant at which it was first sent.
That it was taken says nothing yet; the query does, or the notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from services.collection.channels.forms import asked_for
from services.collection.channels.port import RETURN, Call, Refunded, Reply, Unclear, Wanted
from services.collection.channels.unionpay_gateway import UNDER_WAY, UnionPayGateway, sent
from services.collection.channels.unionpay_notices import KIND, REFUND, SUCCEEDED, UnionPayReturn

_PATH = "/gateway/api/backTransReq.do"
#: Where no notice is wanted, UnionPay still wants an address.
_NOWHERE = "http://www.specialUrl.com"
_KEPT = ("queryId", "orderId", "merId", "txnAmt", "currencyCode", "txnTime", "traceTime")


@dataclass(frozen=True)
class UnionPayRefunds:
    """Refunds of one merchant: within eleven months, as often as there is money left."""

    gateway: UnionPayGateway
    within: timedelta | None = timedelta(days=330)
    most: int | None = None

    def ask(self, wanted: Wanted, now: int) -> Call:
        """Ask by the purchase's `queryId`, as a transaction with our number."""
        return self.gateway.call(
            _PATH,
            {
                "txnType": REFUND,
                "txnSubType": "00",
                "bizType": "000201",
                "channelType": "07",
                "orderId": wanted.request_no,
                "txnTime": sent(wanted.asked_at),
                "txnAmt": str(wanted.amount_fen),
                "origQryId": wanted.transaction_no,
                "backUrl": wanted.notify_url or _NOWHERE,
            },
        )

    def asked(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read whether it was taken; a number that was used before is refused, and the query tells of it."""
        said = self.gateway.read(reply, at)
        if (said.get("orderId"), said.get("txnType")) != (wanted.request_no, REFUND):
            raise Unclear("of_another_refund")
        code = said.get("respCode", "")
        if code in SUCCEEDED or code in UNDER_WAY:
            return Refunded("processing", f"respCode_{code}")
        if not code:
            raise Unclear("no_respCode")
        return Refunded("refused", f"respCode_{code}"[:60])

    def query(self, wanted: Wanted, now: int) -> Call:
        """Ask by our number and its instant."""
        return self.gateway.ask_about(wanted.request_no, wanted.asked_at)

    def told(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read what became of it. Raises Unclear."""
        said = self.gateway.became(wanted.request_no, reply, at)
        if said is None:
            return Refunded("unknown", "respCode_34")
        code = said["origRespCode"]
        if code in UNDER_WAY:
            return Refunded("processing", f"origRespCode_{code}")
        if said.get("txnTime") != sent(wanted.asked_at):
            raise Unclear("of_another_refund")
        if said.get("txnAmt") != str(wanted.amount_fen):
            raise Unclear("of_another_amount")
        outcome = "done" if code in SUCCEEDED else "abnormal"
        return _ended(wanted, said, outcome == "done")


def _ended(wanted: Wanted, said: Mapping[str, str], done: bool) -> Refunded:
    """What a notice would say of it."""
    code = said["origRespCode"]
    fields = {name: said[name] for name in _KEPT if name in said}
    fields |= {"txnType": REFUND, "origQryId": wanted.transaction_no, "respCode": code}
    try:
        back = UnionPayReturn.model_validate(fields)
    except ValidationError:
        raise Unclear("unreadable") from None
    key = f"return {back.queryId}" + ("" if done else f" {code}")
    told = asked_for(KIND, fields, key, RETURN)
    return Refunded("done" if done else "abnormal", f"origRespCode_{code}"[:60], told)
