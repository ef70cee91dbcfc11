"""Speaks as WeChat Pay would: encrypts a resource, wraps it into a notification and signs it (API v3)."""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from canbao.simulator.standard_webhook import SignedRequest

PATH = "/v1/channels/wechat/notifications"


@dataclass(frozen=True)
class WeChatSender:
    """The platform's side of one merchant account; every message is encrypted and signed anew."""

    mchid: str
    appid: str
    api_v3_key: bytes
    serial: str
    private_key: RSAPrivateKey

    @classmethod
    def of(cls, kept: dict[str, str]) -> "WeChatSender":
        """Make one of the merchant that the embedded default made up."""
        key = load_pem_private_key(kept["private_key"].encode(), None)
        assert isinstance(key, RSAPrivateKey)
        return cls(kept["mchid"], kept["appid"], kept["api_v3_key"].encode(), kept["public_key_id"], key)

    def payment(
        self,
        *,
        transaction_id: str,
        out_trade_no: str,
        amount_fen: int,
        paid_at: datetime,
        sent_at: int | None = None,
        **changes: object,
    ) -> SignedRequest:
        """Tell of a paid order; `changes` replace members of the transaction."""
        transaction: dict[str, object] = {
            "mchid": self.mchid,
            "appid": self.appid,
            "out_trade_no": out_trade_no,
            "transaction_id": transaction_id,
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": paid_at.isoformat(timespec="seconds"),
            "payer": {"openid": "sandbox-payer"},
            "amount": {
                "total": amount_fen,
                "payer_total": amount_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
        return self.notification("TRANSACTION.SUCCESS", transaction | changes, "transaction", sent_at=sent_at)

    def refund(
        self,
        *,
        refund_id: str,
        transaction_id: str,
        amount_fen: int,
        event: str = "REFUND.SUCCESS",
        returned_at: datetime | None = None,
    ) -> SignedRequest:
        """Tell of a refund that WeChat carried out, or could not (REFUND.ABNORMAL, REFUND.CLOSED)."""
        success = {} if returned_at is None else {"success_time": returned_at.isoformat(timespec="seconds")}
        resource = success | {
            "mchid": self.mchid,
            "transaction_id": transaction_id,
            "refund_id": refund_id,
            "refund_status": event.removeprefix("REFUND."),
            "amount": {"total": amount_fen, "refund": amount_fen},
        }
        return self.notification(event, resource, "refund")

    def notification(
        self,
        event_type: str,
        resource: Mapping[str, object],
        original_type: str,
        *,
        sent_at: int | None = None,
    ) -> SignedRequest:
        """Encrypt and sign any resource."""
        nonce = secrets.token_hex(6)
        sealed = AESGCM(self.api_v3_key).encrypt(
            nonce.encode(), orjson.dumps(resource), original_type.encode()
        )
        body = orjson.dumps(
            {
                "id": f"EV-{secrets.token_hex(10)}",
                "create_time": resource.get("success_time", "2020-01-01T00:00:00+08:00"),
                "resource_type": "encrypt-resource",
                "event_type": event_type,
                "summary": "支付成功",
                "resource": {
                    "original_type": original_type,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": original_type,
                    "nonce": nonce,
                },
            }
        )
        return self.sign(body, sent_at)

    def sign(self, body: bytes, sent_at: int | None = None) -> SignedRequest:
        """Sign any bytes, also ones that the service has to refuse."""
        timestamp = str(int(time.time()) if sent_at is None else sent_at)
        nonce = secrets.token_hex(16)
        message = "\n".join([timestamp, nonce, ""]).encode() + body + b"\n"
        headers = {
            "content-type": "application/json",
            "wechatpay-serial": self.serial,
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-signature": base64.b64encode(
                self.private_key.sign(message, PKCS1v15(), SHA256())
            ).decode(),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }
        return SignedRequest(PATH, headers, body)
