"""Answers merchants as WeChat Pay's interfaces would (API v3), over real HTTP.

Written apart from the asking side, so that the two check each other: a request that is not signed as the
documents say is refused.
"""

import base64
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from canbao.simulator.listening import Heard, Listener, Said
from canbao.simulator.wechat import WeChatSender

_REFUNDS = "/v3/refund/domestic/refunds"
_PAIR = re.compile(r'([a-z_]+)="([^"]*)"')


class WeChatGatewayServer(Listener):
    """WeChat's side of one merchant. `transactions` are by order number; `refused` says why requests were.

    `forged`: answers bear a signature of somebody else. `gives` is the state of the next refunds, PROCESSING
    until `settle`; `balance_fen` is what there is to give back out of, `hurried` says that we ask too often.
    """

    def __init__(self, sender: WeChatSender, serial: str, merchant_key: RSAPublicKey) -> None:
        super().__init__(self._take)
        self._sender, self._serial, self._merchant_key = sender, serial, merchant_key
        self.transactions: dict[str, dict[str, Any]] = {}
        #: What was opened to be paid, by order number.
        self.opened: dict[str, dict[str, Any]] = {}
        #: What was given back, or is to be, by the merchant's number of it.
        self.refunds: dict[str, dict[str, Any]] = {}
        self.gives = "SUCCESS"
        self.balance_fen = 10**9
        self.hurried = False
        self.refused: list[str] = []
        self.forged = False

    def settle(self, out_refund_no: str, status: str, success_time: str | None = None) -> dict[str, Any]:
        """Let a refund that is under way end; gives what a notice tells of it."""
        refund = self.refunds[out_refund_no]
        refund["status"] = status
        if status == "SUCCESS":
            refund["success_time"] = success_time
        told = {name: value for name, value in refund.items() if name not in ("status", "create_time")}
        return told | {"mchid": self._sender.mchid, "refund_status": status}

    def paid(self, order_no: str, transaction_id: str, fen: int, success_time: str, **changes: Any) -> None:
        """Let an order be paid."""
        self.transactions[order_no] = {
            "amount": {"currency": "CNY", "payer_currency": "CNY", "payer_total": fen, "total": fen},
            "appid": self._sender.appid,
            "attach": "",
            "bank_type": "OTHERS",
            "mchid": self._sender.mchid,
            "out_trade_no": order_no,
            "payer": {"openid": "sandbox-payer"},
            "promotion_detail": [],
            "success_time": success_time,
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "trade_type": "JSAPI",
            "transaction_id": transaction_id,
        } | changes

    def _take(self, heard: Heard) -> Said:
        if (why := self._fault(heard)) is not None:
            self.refused.append(why)
            return self._signed(401, {"code": "SIGN_ERROR", "message": why})
        if heard.path.startswith(_REFUNDS):
            return self._refund(heard) if heard.method == "POST" else self._refund_query(heard)
        if heard.method == "POST":
            return self._prepay(heard)
        return self._query(heard)

    def _refund(self, heard: Heard) -> Said:
        """Give money back: again under the same number is the same, and may not change what it is about."""
        said = json.loads(heard.body)
        paid = [one for one in self.transactions.values() if one["transaction_id"] == said["transaction_id"]]
        if self.hurried:
            return self._signed(429, {"code": "FREQUENCY_LIMITED", "message": "频率超限"})
        if not paid:
            return self._signed(404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单不存在"})
        wanted, before = said["amount"], self.refunds.get(said["out_refund_no"])
        if before is not None:
            same = (before["transaction_id"], before["amount"]["refund"])
            if same != (said["transaction_id"], wanted["refund"]):
                return self._signed(400, {"code": "PARAM_ERROR", "message": "退款单号重复"})
            return self._signed(200, before)
        gone = [one for one in self.refunds.values() if one["transaction_id"] == said["transaction_id"]]
        left = paid[0]["amount"]["total"] - sum(
            one["amount"]["refund"] for one in gone if one["status"] != "CLOSED"
        )
        if wanted["total"] != paid[0]["amount"]["total"] or wanted["refund"] > left or len(gone) >= 50:
            return self._signed(400, {"code": "INVALID_REQUEST", "message": "退款金额大于订单可退余额"})
        if wanted["refund"] > self.balance_fen:
            return self._signed(403, {"code": "NOT_ENOUGH", "message": "基本账户余额不足"})
        self.balance_fen -= wanted["refund"]
        return self._signed(200, self._new_refund(said, paid[0]))

    def _new_refund(self, said: dict[str, Any], paid: dict[str, Any]) -> dict[str, Any]:
        amount = said["amount"] | {"payer_refund": said["amount"]["refund"], "discount_refund": 0}
        refund = {
            "amount": amount | {"payer_total": amount["total"], "settlement_refund": amount["refund"]},
            "channel": "ORIGINAL",
            "create_time": paid["success_time"],
            "out_refund_no": said["out_refund_no"],
            "out_trade_no": paid["out_trade_no"],
            "refund_id": f"5030{len(self.refunds):012}",
            "status": self.gives,
            "transaction_id": paid["transaction_id"],
            "user_received_account": "支付用户零钱",
        }
        if self.gives == "SUCCESS":
            refund["success_time"] = paid["success_time"]
        self.refunds[said["out_refund_no"]] = refund
        return refund

    def _refund_query(self, heard: Heard) -> Said:
        refund = self.refunds.get(unquote(heard.path.removeprefix(f"{_REFUNDS}/")))
        if refund is None:
            return self._signed(404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})
        return self._signed(200, refund)

    def _prepay(self, heard: Heard) -> Said:
        """Open a payment: the same order again is the same, and may not change its price."""
        said, way = json.loads(heard.body), heard.path.rsplit("/", 1)[1]
        wanted = {"jsapi": ("payer", "openid"), "h5": ("scene_info", "payer_client_ip")}.get(way)
        whole = (said["mchid"], said["appid"]) == (self._sender.mchid, self._sender.appid)
        if not whole or (wanted and not said[wanted[0]].get(wanted[1])) or "?" in said["notify_url"]:
            return self._signed(400, {"code": "PARAM_ERROR", "message": "参数错误"})
        if self.opened.setdefault(said["out_trade_no"], said)["amount"] != said["amount"]:
            return self._signed(400, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"})
        mark = said["out_trade_no"][-8:]
        answers = {
            "jsapi": {"prepay_id": f"wx{mark}"},
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={mark}"},
            "h5": {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx{mark}"},
        }
        return self._signed(200, answers[way])

    def _query(self, heard: Heard) -> Said:
        address = urlsplit(heard.path)
        if parse_qs(address.query).get("mchid") != [self._sender.mchid]:
            return self._signed(400, {"code": "PARAM_ERROR", "message": "mchid"})
        kind, number = address.path.removeprefix("/v3/pay/transactions/").split("/", 1)
        name = {"out-trade-no": "out_trade_no", "id": "transaction_id"}[kind]
        for transaction in self.transactions.values():
            if transaction[name] == unquote(number):
                return self._signed(200, transaction)
        return self._signed(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})

    def _fault(self, heard: Heard) -> str | None:
        scheme, _, values = heard.headers.get("authorization", "").partition(" ")
        said = dict(_PAIR.findall(values))
        if scheme != "WECHATPAY2-SHA256-RSA2048":
            return "scheme"
        if (said.get("mchid"), said.get("serial_no")) != (self._sender.mchid, self._serial):
            return "merchant"
        if abs(int(said["timestamp"]) - time.time()) > 300:
            return "timestamp"
        if not heard.headers.get("user-agent") or heard.headers.get("accept") != "application/json":
            return "headers"
        lines = [heard.method, heard.path, said["timestamp"], said["nonce_str"], heard.body.decode(), ""]
        try:
            self._merchant_key.verify(
                base64.b64decode(said["signature"]), "\n".join(lines).encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return "signature"
        return None

    def _signed(self, status: int, said: dict[str, Any]) -> Said:
        # Slashes are escaped, as some senders do: whoever parses and writes again breaks the signature.
        body = json.dumps(said, ensure_ascii=False).replace("/", "\\/").encode()
        at, nonce = str(int(time.time())), secrets.token_urlsafe(24)
        text = f"{at}\n{nonce}\n".encode() + (b"forged" if self.forged else body) + b"\n"
        signature = self._sender.private_key.sign(text, PKCS1v15(), SHA256())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Request-ID": secrets.token_hex(8),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self._sender.serial,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Timestamp": at,
        }
        return Said(status, body, headers)
