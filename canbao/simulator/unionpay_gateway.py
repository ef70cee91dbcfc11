"""Answers merchants as UnionPay's gateway would (5.1.0), over HTTP; written apart from the asking side."""

import hashlib
from base64 import b64decode, b64encode
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from canbao.simulator.listening import Heard, Listener, Said
from canbao.simulator.unionpay import Issued


class UnionPayGatewayServer(Listener):
    """UnionPay's side of one merchant. `purchases` are by order number and instant; `refused` says why.

    `forged`: answers bear a signature over something else. `gives` is the code of the next refunds (05: it is
    at it); `refuses` a code with which they are not taken.
    """

    def __init__(self, mer_id: str, signer: Issued, merchant: Issued) -> None:
        super().__init__(self._take)
        self._mer_id, self._signer, self._merchant = mer_id, signer, merchant
        self.purchases: dict[tuple[str, str], dict[str, str]] = {}
        self.gives = "00"
        self.refuses: str | None = None
        self.refused: list[str] = []
        self.forged = False

    def paid(self, order_no: str, txn_time: str, query_id: str, fen: int, **changes: str) -> None:
        """Let an order be paid."""
        self.purchases[order_no, txn_time] = {
            "accNo": "6222***********3456",
            "currencyCode": "156",
            "origRespCode": "00",
            "origRespMsg": "成功[0000000]",
            "queryId": query_id,
            "reserved": "{cardTransData=a&b=c}",
            "settleAmt": str(fen),
            "settleDate": txn_time[4:8],
            "traceNo": "067402",
            "traceTime": txn_time[4:],
            "txnAmt": str(fen),
        } | changes

    def _take(self, heard: Heard) -> Said:
        said = dict(parse_qsl(heard.body.decode(), keep_blank_values=True, strict_parsing=True))
        digest = _digest({name: value for name, value in said.items() if name != "signature"})
        key = self._merchant.certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        try:
            key.verify(b64decode(said["signature"]), digest, PKCS1v15(), SHA256())
        except InvalidSignature:
            self.refused.append("signature")
            return Said(200, b"respCode=11&respMsg=signature")
        if said["certId"] != str(self._merchant.certificate.serial_number) or said["txnType"] not in (
            "00",
            "04",
        ):
            self.refused.append("fields")
            return Said(200, b"respCode=10&respMsg=fields")
        about = {
            name: said[name] for name in ("orderId", "txnTime", "merId", "txnType", "version", "encoding")
        }
        if said["txnType"] == "04":
            return self._signed(about | self._refund(said))
        found = self.purchases.get((said["orderId"], said["txnTime"]))
        code = (
            {"respCode": "34", "respMsg": "查无此交易"}
            if found is None
            else {"respCode": "00", "respMsg": "成功"}
        )
        return self._signed(about | code | (found or {}))

    def _refund(self, said: dict[str, str]) -> dict[str, str]:
        """Take a refund, once under its number and instant: it is a transaction of its own."""
        key, fen = (said["orderId"], said["txnTime"]), int(said["txnAmt"])
        bought = [one for one in self.purchases.values() if one["queryId"] == said["origQryId"]]
        if self.refuses is not None:
            return {"respCode": self.refuses, "respMsg": "refused"}
        if key in self.purchases:
            return {"respCode": "12", "respMsg": "重复交易"}
        if not bought or fen > int(bought[0]["txnAmt"]):
            return {"respCode": "61", "respMsg": "交易金额超限"}
        query_id = f"{said['txnTime']}{len(self.purchases):07}"
        changes = {"origRespCode": self.gives, "origQryId": said["origQryId"]}
        self.paid(said["orderId"], said["txnTime"], query_id, fen, **changes)
        return {"respCode": "00", "respMsg": "成功", "queryId": query_id, "txnAmt": said["txnAmt"]}

    def _signed(self, said: dict[str, str]) -> Said:
        said = said | {"signMethod": "01", "signPubKeyCert": self._signer.pem.replace("\n", "\r\n")}
        over = said | {"txnAmt": "1"} if self.forged else said
        signature = self._signer.key.sign(_digest(over), PKCS1v15(), SHA256())
        said["signature"] = b64encode(signature).decode()
        # Nothing is encoded: values stand there as they are.
        return Said(200, "&".join(f"{name}={value}" for name, value in said.items()).encode())


def _digest(said: dict[str, str]) -> bytes:
    text = "&".join(f"{name}={said[name]}" for name in sorted(said) if said[name] != "")
    return hashlib.sha256(text.encode()).hexdigest().encode("ascii")
