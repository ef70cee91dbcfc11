"""Opens the payment of an order at WeChat Pay (预下单): in a mini-program, by a code, in a browser."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Literal

import orjson

from libs.common.clock import SHANGHAI
from services.collection.channels.port import Call, Reply, Unclear
from services.collection.channels.wechat import SM_SIGNATURE_TYPE
from services.collection.channels.wechat_gateway import WeChatGateway

#: jsapi: within WeChat, by a mini-program or an official account; native: by a code that the payer scans;
#: h5: in a browser outside of WeChat.
Way = Literal["jsapi", "native", "h5"]
_ANSWERS: dict[Way, str] = {"jsapi": "prepay_id", "native": "code_url", "h5": "h5_url"}


@dataclass(frozen=True, slots=True)
class Opening:
    """The order whose payment is to be opened. `openid` is the payer's at our app, `payer_ip` the phone's."""

    way: Way
    order_no: str
    amount_fen: int
    description: str
    expires_at: datetime
    notify_url: str
    openid: str | None = None
    payer_ip: str | None = None


def prepay(gateway: WeChatGateway, opening: Opening, now: int) -> Call:
    """Compose the request; the same order again is the same to WeChat."""
    body: dict[str, object] = {
        "appid": gateway.merchant.appid,
        "mchid": gateway.merchant.mchid,
        "description": opening.description,
        "out_trade_no": opening.order_no,
        "time_expire": opening.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "notify_url": opening.notify_url,
        "amount": {"total": opening.amount_fen, "currency": "CNY"},
    }
    if opening.way == "jsapi":
        body["payer"] = {"openid": opening.openid}
    if opening.way == "h5":
        body["scene_info"] = {"payer_client_ip": opening.payer_ip, "h5_info": {"type": "Wap"}}
    return gateway.call("POST", f"/v3/pay/transactions/{opening.way}", now, orjson.dumps(body))


def prepaid(gateway: WeChatGateway, way: Way, reply: Reply, now: int) -> str:
    """What the payment is opened by: a prepay_id, the content of a code, an address. Raises Unclear."""
    said = gateway.read(reply, now)
    opened = said.get(_ANSWERS[way])
    if reply.status != 200 or not isinstance(opened, str):
        raise Unclear(str(said.get("code") or reply.status)[:60])
    return opened


def for_app(gateway: WeChatGateway, prepay_id: str, now: int) -> dict[str, str]:
    """What a mini-program hands to `wx.requestPayment`, signed by our key."""
    said = {
        "appId": gateway.merchant.appid,
        "timeStamp": str(now),
        "nonceStr": token_hex(16),
        "package": f"prepay_id={prepay_id}",
    }
    message = "".join(f"{value}\n" for value in said.values())
    by = "SM2" if gateway.signer.scheme == SM_SIGNATURE_TYPE else "RSA"
    return said | {"signType": by, "paySign": gateway.signer.sign(message.encode())}
