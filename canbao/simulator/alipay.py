"""Speaks as Alipay would: fills in a notice, signs it by either of its rules and encodes it as a form."""

import base64
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from canbao.simulator.standard_webhook import SignedRequest

_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class AlipaySender:
    """Alipay's side of one seller. `signs_type`: by the rule that signs `sign_type` too."""

    app_id: str
    seller_id: str
    private_key: RSAPrivateKey
    channel: str = "alipay"
    signs_type: bool = False

    def payment(
        self, *, trade_no: str, out_trade_no: str, amount_fen: int, paid_at: datetime, **changes: str | None
    ) -> SignedRequest:
        """Tell of a paid trade; `changes` replace fields, None takes one out."""
        fields = {
            **self._trade(trade_no, out_trade_no, amount_fen, paid_at),
            "notify_id": f"{trade_no}-paid",
            "trade_status": "TRADE_SUCCESS",
        }
        return self.notice(fields | changes)

    def refund(
        self,
        *,
        trade_no: str,
        out_trade_no: str,
        amount_fen: int,
        paid_at: datetime,
        refunded_fen: int,
        returned_at: datetime,
        request_no: str,
        **changes: str | None,
    ) -> SignedRequest:
        """Tell of a refund: `refunded_fen` went back in all. The trade stays paid until nothing is left."""
        fields = {
            **self._trade(trade_no, out_trade_no, amount_fen, paid_at),
            "notify_id": f"{trade_no}-{request_no}",
            "trade_status": "TRADE_CLOSED" if refunded_fen >= amount_fen else "TRADE_SUCCESS",
            "out_biz_no": request_no,
            "refund_fee": _yuan(refunded_fen),
            "gmt_refund": f"{_time(returned_at)}.123",
        }
        return self.notice(fields | changes)

    def notice(self, fields: dict[str, str | None], charset: str = "utf-8") -> SignedRequest:
        """Sign and encode any fields."""
        said = {name: value for name, value in fields.items() if value is not None}
        said |= {"charset": charset, "sign_type": "RSA2"}
        hidden = () if self.signs_type else ("sign_type",)
        parts = [f"{name}={said[name]}" for name in sorted(said) if said[name] != "" and name not in hidden]
        signature = self.private_key.sign("&".join(parts).encode(charset), PKCS1v15(), SHA256())
        body = urlencode(said | {"sign": base64.b64encode(signature).decode()}, encoding=charset)
        headers = {"content-type": f"application/x-www-form-urlencoded; charset={charset}"}
        return SignedRequest(f"/v1/channels/{self.channel}/notifications", headers, body.encode())

    def _trade(
        self, trade_no: str, out_trade_no: str, amount_fen: int, paid_at: datetime
    ) -> dict[str, str | None]:
        amount = _yuan(amount_fen)
        return {
            "notify_type": "trade_status_sync",
            "notify_time": _time(paid_at),
            "version": "1.0",
            "app_id": self.app_id,
            "auth_app_id": self.app_id,
            "seller_id": self.seller_id,
            "buyer_id": "2088000000000001",
            "buyer_logon_id": "lin***@example.com",
            "trade_no": trade_no,
            "out_trade_no": out_trade_no,
            "subject": "城乡居民基本医疗保险",
            "body": "",
            "total_amount": amount,
            "receipt_amount": amount,
            "buyer_pay_amount": amount,
            "gmt_create": _time(paid_at),
            "gmt_payment": _time(paid_at),
            "fund_bill_list": f'[{{"amount":"{amount}","fundChannel":"ALIPAYACCOUNT"}}]',
        }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _time(instant: datetime) -> str:
    return instant.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")
