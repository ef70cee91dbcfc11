"""Answers sellers as Alipay's open platform would, over real HTTP; written apart from the asking side."""

import json
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from canbao.simulator.listening import Heard, Listener, Said


class AlipayGatewayServer(Listener):
    """Alipay's side of one app. `trades` are by order number; `refused` says why requests were.

    `forged`: answers bear a signature over something else.
    """

    def __init__(self, app_id: str, alipay_key: RSAPrivateKey, seller_key: RSAPublicKey) -> None:
        super().__init__(self._take)
        self._app_id, self._key, self._seller_key = app_id, alipay_key, seller_key
        self.trades: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []
        self.forged = False

    def paid(self, order_no: str, trade_no: str, yuan: str, paid_at: str, **changes: Any) -> None:
        """Let an order be paid."""
        self.trades[order_no] = {
            "code": "10000",
            "msg": "Success",
            "buyer_logon_id": "138****0000",
            "buyer_pay_amount": yuan,
            "fund_bill_list": [{"amount": yuan, "fund_channel": "PCREDIT"}],
            "out_trade_no": order_no,
            "send_pay_date": paid_at,
            "total_amount": yuan,
            "trade_no": trade_no,
            "trade_status": "TRADE_SUCCESS",
        } | changes

    def _take(self, heard: Heard) -> Said:
        said = dict(parse_qsl(heard.body.decode(), keep_blank_values=True))
        signature = said.pop("sign", "")
        text = "&".join(f"{name}={said[name]}" for name in sorted(said) if said[name])
        try:
            self._seller_key.verify(b64decode(signature), text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            self.refused.append("signature")
            return Said(200, b'{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}')
        if (said["app_id"], said["sign_type"], said["version"]) != (self._app_id, "RSA2", "1.0"):
            self.refused.append("fields")
            return Said(200, b'{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}')
        assert said["method"] == "alipay.trade.query"
        asked = json.loads(said["biz_content"])
        for trade in self.trades.values():
            if any(asked.get(name) == trade[name] for name in ("out_trade_no", "trade_no")):
                return self._signed(trade)
        return self._signed(
            {
                "code": "40004",
                "msg": "Business Failed",
                "sub_code": "ACQ.TRADE_NOT_EXIST",
                "sub_msg": "交易不存在",
            }
        )

    def _signed(self, said: dict[str, Any]) -> Said:
        # Blanks and escapes as they come: signed is the member as it is written.
        node = json.dumps(said, ensure_ascii=False, separators=(", ", ":")).replace("/", "\\/")
        over = node + " " if self.forged else node
        sign = b64encode(self._key.sign(over.encode(), PKCS1v15(), SHA256())).decode()
        return Said(200, f'{{"alipay_trade_query_response":{node},"sign":"{sign}"}}'.encode())
