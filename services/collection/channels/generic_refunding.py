"""Has a sender of signed notifications give money back, at the address that it declared.

Everything is a signed `POST` to that one address: `refund.requested` asks for the money under our number,
`refund.queried` what became of it. The answer is signed as the sender's notifications are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from libs.common.security.webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WebhookKeyRing,
    WebhookRejected,
)
from libs.common.web.schemas import shanghai
from services.collection.channels.givebacks import AnsweredRefund, RefundAnswer
from services.collection.channels.port import (
    RETURN,
    Call,
    Notification,
    Refunded,
    RefundOutcome,
    Reply,
    Unclear,
    Wanted,
)

_ENDED: tuple[RefundOutcome, ...] = ("done", "closed", "abnormal")
_HEADERS = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)


@dataclass(frozen=True)
class SignedRefunds:
    """Refunds of one sender; `ring` has its keys, and its secrets sign what we ask, beside `own`, our key."""

    ring: WebhookKeyRing
    url: str
    own: Ed25519PrivateKey | None = None
    within: timedelta | None = None
    most: int | None = None

    def ask(self, wanted: Wanted, now: int) -> Call:
        """Ask for the money under our number."""
        said: dict[str, str | int | None] = {
            "request_no": wanted.request_no,
            "transaction_no": wanted.transaction_no,
            "amount_fen": wanted.amount_fen,
            "total_fen": wanted.total_fen,
            "requested_at": shanghai(wanted.asked_at),
            "notify_url": wanted.notify_url,
        }
        return self._call("refund.requested", f"refund-{wanted.request_no}", said, now)

    def query(self, wanted: Wanted, now: int) -> Call:
        """Ask what became of it; each question is a message of its own."""
        said = {"request_no": wanted.request_no, "transaction_no": wanted.transaction_no}
        return self._call("refund.queried", f"query-{wanted.request_no}-{now}", said, now)

    def asked(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read what was answered to that. Raises Unclear."""
        said = self._read(wanted, reply, now)
        if said.data.status == "unknown":
            raise Unclear("unknown")
        return self._refunded(wanted, said, reply, at)

    def told(self, wanted: Wanted, reply: Reply, now: int, at: datetime) -> Refunded:
        """Read what became of it; what was refused, or put off, is not under way there. Raises Unclear."""
        said = self._read(wanted, reply, now)
        if said.data.status in ("unknown", "refused", "later"):
            return Refunded("unknown", said.data.reason or said.data.status)
        return self._refunded(wanted, said, reply, at)

    def _call(self, kind: str, message_id: str, said: Mapping[str, str | int | None], now: int) -> Call:
        body = orjson.dumps({"type": kind, "timestamp": now, "data": said})
        signed = self.ring.sign(message_id, now, body, by_all=True, key=self.own)
        return Call(
            "POST", self.url, {"content-type": "application/json", "user-agent": "canbao"} | signed, body
        )

    def _read(self, wanted: Wanted, reply: Reply, now: int) -> RefundAnswer:
        if not 200 <= reply.status < 300:
            raise Unclear(f"status_{reply.status}")
        try:
            message_id, sent_at, signature = (reply.headers.get(name) for name in _HEADERS)
            self.ring.verify(message_id, sent_at, signature, reply.body, now)
            said = RefundAnswer.model_validate(orjson.loads(reply.body))
        except WebhookRejected as refused:
            raise Unclear(f"{reply.status}_{refused.reason}") from None
        except ValueError:
            raise Unclear("unreadable") from None
        if said.data.request_no != wanted.request_no:
            raise Unclear("of_another_refund")
        return said

    def _refunded(self, wanted: Wanted, said: RefundAnswer, reply: Reply, at: datetime) -> Refunded:
        status = said.data.status
        if status not in _ENDED:
            return Refunded(status, said.data.reason or status)
        _check(wanted, said.data, at)
        try:
            notice = said.notice()
        except ValidationError:
            raise Unclear("unreadable") from None
        told = Notification(
            dedupe_key=f"{notice.dedupe_key} ASKED"[:200],
            kind=RETURN,
            content_sha256=notice.digest_of_claim(),
            headers="{}",
            webhook_id=reply.headers.get(ID_HEADER),
        )
        return Refunded(status, said.data.reason or status, told)


def _check(wanted: Wanted, said: AnsweredRefund, at: datetime) -> None:
    """Hold what is said to have ended against what was asked for."""
    if said.transaction_no != wanted.transaction_no:
        raise Unclear("of_another_transaction")
    if said.amount_fen not in (wanted.amount_fen, *((None,) if said.status != "done" else ())):
        raise Unclear("of_another_amount")
    if said.returned_at is not None and said.returned_at > at + timedelta(hours=1):
        raise Unclear("in_the_future")
