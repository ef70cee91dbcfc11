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

    `forged`: answers bear a signature over something else. `refunds` are by trade and request number;
    `balance_fen` is what there is to give back out of, `fails` is a sub_code that refunds are refused with.
    """

    def __init__(self, app_id: str, alipay_key: RSAPrivateKey, seller_key: RSAPublicKey) -> None:
        super().__init__(self._take)
        self._app_id, self._key, self._seller_key = app_id, alipay_key, seller_key
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[tuple[str, str], int] = {}
        self.balance_fen = 10**9
        self.fails: str | None = None
        self.gmt_refund_pay = "2019-11-20 10:05:00"
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
        asked = json.loads(said["biz_content"])
        named = ("out_trade_no", "trade_no")
        trades = [one for one in self.trades.values() if any(asked.get(name) == one[name] for name in named)]
        if not trades:
            return self._signed(_failed("ACQ.TRADE_NOT_EXIST"), said["method"])
        answers = {
            "alipay.trade.query": lambda trade, asked: trade,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
        }
        return self._signed(answers[said["method"]](trades[0], asked), said["method"])

    def _refund(self, trade: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """Give money back: again under the same number changes nothing."""
        key, fen = (trade["trade_no"], asked["out_request_no"]), _fen(asked["refund_amount"])
        if self.fails is not None:
            return _failed(self.fails)
        changes = key not in self.refunds
        if not changes and self.refunds[key] != fen:
            return _failed("ACQ.DISCORDANT_REPEAT_REQUEST")
        gone = sum(given for (number, _), given in self.refunds.items() if number == trade["trade_no"])
        if changes and gone + fen > _fen(trade["total_amount"]):
            return _failed("ACQ.REASON_TRADE_REFUND_FEE_ERR")
        if changes and fen > self.balance_fen:
            return _failed("ACQ.SELLER_BALANCE_NOT_ENOUGH")
        if changes:
            self.refunds[key] = fen
            self.balance_fen -= fen
            gone += fen
        return {
            "code": "10000",
            "msg": "Success",
            "buyer_logon_id": trade["buyer_logon_id"],
            "fund_change": "Y" if changes else "N",
            "gmt_refund_pay": self.gmt_refund_pay,
            "out_trade_no": trade["out_trade_no"],
            "refund_fee": f"{gone / 100:.2f}",
            "trade_no": trade["trade_no"],
        }

    def _refund_query(self, trade: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """What was not given back is not told of."""
        said = {"code": "10000", "msg": "Success"}
        given = self.refunds.get((trade["trade_no"], asked["out_request_no"]))
        if given is None:
            return said
        wanted = {"gmt_refund_pay": self.gmt_refund_pay}
        return (
            said
            | {name: wanted[name] for name in asked.get("query_options", ()) if name in wanted}
            | {
                "out_request_no": asked["out_request_no"],
                "out_trade_no": trade["out_trade_no"],
                "refund_amount": f"{given / 100:.2f}",
                "refund_status": "REFUND_SUCCESS",
                "total_amount": trade["total_amount"],
                "trade_no": trade["trade_no"],
            }
        )

    def _signed(self, said: dict[str, Any], method: str = "alipay.trade.query") -> Said:
        # Blanks and escapes as they come: signed is the member as it is written.
        node = json.dumps(said, ensure_ascii=False, separators=(", ", ":")).replace("/", "\\/")
        over = node + " " if self.forged else node
        sign = b64encode(self._key.sign(over.encode(), PKCS1v15(), SHA256())).decode()
        name = method.replace(".", "_")
        return Said(200, f'{{"{name}_response":{node},"sign":"{sign}"}}'.encode())


def _failed(sub_code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "业务处理失败"}


def _fen(yuan: str) -> int:
    return round(float(yuan) * 100)
