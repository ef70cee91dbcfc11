"""Writes the committed vectors of this directory with keys of our own; run it as a script.

The signing side is the simulator; the tests verify with the service, so that a change of either is noticed.
"""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from canbao.simulator.standard_webhook import WebhookSender
from canbao.simulator.wechat import WeChatSender

VECTORS = Path(__file__).parent / "vectors"
SENT_AT = 1_574_215_205
SECRETS = ("whsec_" + base64.b64encode(b"a" * 32).decode(), "whsec_" + base64.b64encode(b"b" * 32).decode())
DATA = {
    "transaction_no": "T20191120000001",
    "paid_at": "2019-11-20T10:00:00+08:00",
    "amount_fen": 25000,
    "county": "youxi",
    "coverage_year": 2020,
    "items": [{"id_number": "350426198006152246", "name": "林秀英", "amount_fen": 25000}],
}


def write() -> None:
    """Make both files; the private key is thrown away."""
    VECTORS.mkdir(exist_ok=True)
    sender = WebhookSender("tax", SECRETS[:1])
    webhook = sender.payment(DATA, message_id="msg_1", sent_at=SENT_AT)
    _save("standard_webhook.json", {"secret": SECRETS[0], **_request(webhook)})
    key = generate_private_key(65537, 2048)
    wechat = WeChatSender("1900000001", "wxtest", b"k" * 32, "PUB_KEY_ID_7", key)
    resource = {"mchid": "1900000001", "note": "说明"}
    notification = wechat.notification("TRANSACTION.SUCCESS", resource, "transaction", sent_at=SENT_AT)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    _save(
        "wechat.json",
        {"api_v3_key": "k" * 32, "keys": {"PUB_KEY_ID_7": public}, "resource": resource}
        | _request(notification),
    )


def _request(request) -> dict:
    return {"sent_at": SENT_AT, "headers": request.headers, "body": request.body.decode()}


def _save(name: str, content: dict) -> None:
    (VECTORS / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    write()
