"""A tax office that signs its notifications and gives money back when it is asked."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from canbao.simulator.refund_desk import RefundDesk
from canbao.simulator.standard_webhook import WebhookSender

from .conftest import NOW, PRICE


class Signed:
    """Both sides sign by the secret that they share."""

    channel = "tax"

    def __init__(self, keys):
        self.keys, self.sender = keys, keys.sender()
        self.server = RefundDesk(self.sender, keys.tax, NOW.isoformat())

    def settings(self, keys):
        return {"refund_calls": json.dumps({self.channel: {"url": f"{self.server.url}/refunds"}})}

    def paid(self, order, number="T1", fen=PRICE):
        """The notification of it: the office knows of its payments by itself."""
        self.server.payments[number] = fen
        said = {"transaction_no": number, "paid_at": NOW.isoformat(), "amount_fen": fen}
        season = {"county": "youxi", "coverage_year": 2020, "order_no": order["order_no"]}
        return self.sender.payment(said | season)


class SignedByKey(Signed):
    """Each side signs by a key of its own, and the other knows its public half alone."""

    def __init__(self, keys):
        self.ours, self.theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.keys, self.sender = keys, WebhookSender("tax", private_key=self.theirs)
        self.server = RefundDesk(self.sender, self.ours.public_key(), NOW.isoformat())

    def settings(self, keys):
        public = self.theirs.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        own = self.ours.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        calls = {"url": f"{self.server.url}/refunds", "private_key": f"whsk_{base64.b64encode(own).decode()}"}
        return {
            "channels": json.dumps({"tax": [f"whpk_{base64.b64encode(public).decode()}"]}),
            "refund_calls": json.dumps({"tax": calls}),
        }
