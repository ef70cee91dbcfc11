"""Answers "how would the channel have signed this?": notifications, with the keys of a data directory.

Signatures carry the wall clock, as the services' signature checks do; the business instants are in the data.
"""

import base64
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from canbao.embedded_state import EmbeddedState
from canbao.replay.scenario import Step
from libs.common.security.webhooks import WebhookKeyRing

Notification = tuple[str, dict[str, str], bytes]


class Channels:
    """Banks, tax office, village agents and WeChat Pay, as far as their notifications go."""

    def __init__(self, data_dir: Path) -> None:
        state = EmbeddedState(data_dir)
        self._rings = {slug: WebhookKeyRing(keys) for slug, keys in state.webhook_secrets().items()}
        self._forger = WebhookKeyRing(
            ["whsec_" + base64.b64encode(b"not the secret of any channel").decode()]
        )
        self._wechat = state.wechat()
        self._wechat_key = load_pem_private_key(self._wechat["private_key"].encode(), password=None)
        self._aes = AESGCM(self._wechat["api_v3_key"].encode())

    def notification(self, step: Step) -> Notification:
        """Path, headers and raw body of a Standard Webhooks notification; `forged` signs with a wrong key."""
        data, channel = step.body["data"], step.body["channel"]
        raw = orjson.dumps({"type": "payment.succeeded", "timestamp": step.at.isoformat(), "data": data})
        ring = self._forger if step.body.get("forged") else self._rings[channel]
        # The same transaction with another body is another message of the sender, so it has an id of its own.
        message_id = f"{data['transaction_no']}-{data['amount_fen']}"
        return f"/v1/channels/{channel}/notifications", ring.sign(message_id, int(time.time()), raw), raw

    def order_notification(self, step: Step, order: dict[str, Any]) -> Notification:
        """Path, headers and raw body of WeChat Pay's notification that an order was paid."""
        resource = orjson.dumps(
            {
                "mchid": self._wechat["mchid"],
                "appid": self._wechat["appid"],
                "out_trade_no": order["order_no"],
                "transaction_id": step.body["transaction_no"],
                "trade_type": "JSAPI",
                "trade_state": "SUCCESS",
                "trade_state_desc": "支付成功",
                "success_time": (step.at + timedelta(seconds=1)).isoformat(),
                "payer": {"openid": "o-generated"},
                "amount": {
                    "total": step.body.get("amount_fen", order["amount_fen"]),
                    "payer_total": step.body.get("amount_fen", order["amount_fen"]),
                    "currency": "CNY",
                    "payer_currency": "CNY",
                },
            }
        )
        nonce = secrets.token_hex(6)
        sealed = self._aes.encrypt(nonce.encode(), resource, b"transaction")
        raw = orjson.dumps(
            {
                "id": f"EV-{step.body['transaction_no']}",
                "create_time": step.at.isoformat(),
                "resource_type": "encrypt-resource",
                "event_type": "TRANSACTION.SUCCESS",
                "summary": "支付成功",
                "resource": {
                    "original_type": "transaction",
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": "transaction",
                    "nonce": nonce,
                },
            }
        )
        return "/v1/channels/wechat/notifications", self._signed(raw), raw

    def _signed(self, raw: bytes) -> dict[str, str]:
        """The headers of WeChat Pay: RSA-SHA256 over timestamp, nonce and body."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        message = b"%b\n%b\n%b\n" % (timestamp.encode(), nonce.encode(), raw)
        signature = self._wechat_key.sign(message, PKCS1v15(), SHA256())
        return {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self._wechat["public_key_id"],
            "wechatpay-signature": base64.b64encode(signature).decode(),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }
