"""Gives money back as a bank, a tax office or a terminal would that signs notifications, over HTTP.

Written from the page for integrators alone, apart from the asking side.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from canbao.simulator.listening import Heard, Listener, Said
from canbao.simulator.standard_webhook import SignedRequest, WebhookSender

_MOST_SECONDS = 300


@dataclass
class Taken:
    """A refund that was asked for, under the asker's number."""

    transaction_no: str
    amount_fen: int
    status: str
    return_no: str
    returned_at: str
    reason: str | None = None

    def said(self) -> dict[str, object]:
        """What is answered of it."""
        told: dict[str, object] = {"status": self.status, "transaction_no": self.transaction_no}
        if self.status in ("done", "closed", "abnormal"):
            told |= {"amount_fen": self.amount_fen, "returned_at": self.returned_at}
        if self.status == "done":
            told["return_no"] = self.return_no
        return told if self.reason is None else told | {"reason": self.reason}


@dataclass
class RefundDesk(Listener):
    """The sender's side. `payments` are by transaction; `gives` is the status of the next refunds.

    `asker` verifies what is asked: a secret (`whsec_...`), or the public half of the asker's own key.
    `refuses` is a code by which nothing is taken, `puts_off` one of an empty purse; `forged`: answers bear a
    signature over something else. `refused` says what was wrong with requests.
    """

    sender: WebhookSender
    asker: str | Ed25519PublicKey
    at: str
    payments: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, Taken] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    gives: str = "done"
    refuses: str | None = None
    puts_off: str | None = None
    forged: bool = False

    def __post_init__(self) -> None:
        super().__init__(self._take)

    def settle(self, request_no: str, status: str) -> Taken:
        """Let a refund that is under way end."""
        taken = self.refunds[request_no]
        taken.status = status
        return taken

    def notice(self, request_no: str, *, numbered: bool = True) -> SignedRequest:
        """Tell how a refund has ended; not `numbered`: without the asker's number."""
        taken = self.refunds[request_no]
        kind = {"done": "payment.refunded"}.get(taken.status, f"refund.{taken.status}")
        told = {name: value for name, value in taken.said().items() if name not in ("status", "reason")}
        return self.sender.event(kind, told | ({"request_no": request_no} if numbered else {}))

    def _take(self, heard: Heard) -> Said:
        if fault := self._fault(heard):
            self.refused.append(fault)
            return Said(401)
        asked = json.loads(heard.body)
        number = asked["data"]["request_no"]
        if asked["type"] == "refund.requested":
            told = self._refund(number, asked["data"])
        elif asked["type"] == "refund.queried":
            told = self.refunds[number].said() if number in self.refunds else {"status": "unknown"}
        else:
            self.refused.append("type")
            return Said(400)
        return self._signed({"request_no": number, **told}, heard.headers["webhook-id"])

    def _refund(self, number: str, wanted: dict[str, object]) -> dict[str, object]:
        """Take a refund, once under its number."""
        if number in self.refunds:
            return self.refunds[number].said()
        if self.puts_off is not None:
            return {"status": "later", "reason": self.puts_off}
        transaction, fen = str(wanted["transaction_no"]), int(str(wanted["amount_fen"]))
        gone = sum(one.amount_fen for one in self.refunds.values() if one.transaction_no == transaction)
        if self.refuses is not None or fen > self.payments.get(transaction, 0) - gone:
            return {"status": "refused", "reason": self.refuses or "NOT_SO_MUCH"}
        taken = Taken(transaction, fen, self.gives, f"B{len(self.refunds):06d}", self.at)
        self.refunds[number] = taken
        return taken.said()

    def _signed(self, told: dict[str, object], about: str) -> Said:
        body = json.dumps({"type": "refund.status", "timestamp": int(time.time()), "data": told}).encode()
        signed = self.sender.sign(body + b" " if self.forged else body, f"answer_{about}")
        return Said(200, body, signed.headers)

    def _fault(self, heard: Heard) -> str | None:
        number, sent_at = heard.headers["webhook-id"], heard.headers["webhook-timestamp"]
        if abs(time.time() - int(sent_at)) > _MOST_SECONDS:
            return "time"
        content = f"{number}.{sent_at}.".encode() + heard.body
        offered = [one.split(",", 1) for one in heard.headers["webhook-signature"].split(" ")]
        return (
            None if any(self._is_right(version, text, content) for version, text in offered) else "signature"
        )

    def _is_right(self, version: str, text: str, content: bytes) -> bool:
        if isinstance(self.asker, str):
            key = base64.b64decode(self.asker.removeprefix("whsec_"))
            right = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
            return version == "v1" and hmac.compare_digest(right, text)
        if version != "v1a":
            return False
        try:
            self.asker.verify(base64.b64decode(text), content)
        except InvalidSignature:
            return False
        return True
