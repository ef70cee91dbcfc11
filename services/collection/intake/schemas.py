"""What channels are answered, and the forms that some post."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.common.web.schemas import Answer
from services.collection.examples import shown


class Accepted(Answer):
    """The notification is stored durably. A repetition gets the same answer, with `canbao-repeated: true`."""

    model_config = shown({"payment_id": 7001, "status": "accepted"})

    payment_id: int = Field(
        description="its number here: `GET /v1/payments/{payment_id}` has what "
        "became of a payment, `GET /v1/notifications/{notification_id}` what was sent of anything"
    )
    status: Literal["accepted"] = "accepted"


class WeChatAccepted(Answer):
    """The notification is stored durably."""

    model_config = shown({"code": "SUCCESS", "message": "成功"})

    code: str = "SUCCESS"
    message: str = "成功"


class AlipayNotice(BaseModel):
    """The fields of an Alipay notice that are read; all others are kept, and count for the signature."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notify_id: str = Field(description="the same over repetitions")
    app_id: str
    seller_id: str
    trade_no: str
    out_trade_no: str = Field(description="our order_no")
    trade_status: str = Field(description="TRADE_SUCCESS, TRADE_FINISHED, TRADE_CLOSED, WAIT_BUYER_PAY")
    total_amount: str = Field(description="yuan with two decimals")
    gmt_payment: str | None = Field(default=None, description="the clock of China, without an offset")
    refund_fee: str | None = Field(default=None, description="yuan: all that went back so far")
    gmt_refund: str | None = None
    out_biz_no: str | None = Field(default=None, description="the number of the refund within its trade")
    charset: str = "utf-8"
    sign_type: Literal["RSA2"]
    sign: str = Field(description="base64 of RSA-SHA256 over the other fields, by name")


class UnionPayNotice(BaseModel):
    """The fields of a UnionPay notice that are read; all others are kept, and count for the signature."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal["5.1.0"]
    encoding: str = "UTF-8"
    signMethod: Literal["01"] = Field(description="RSA")
    txnType: str = Field(description="01 purchase, 04 refund, 31 revocation")
    merId: str
    orderId: str = Field(description="our order_no")
    txnTime: str = Field(description="yyyyMMddHHmmss, when it was asked for, by the clock of China")
    txnAmt: str = Field(description="fen")
    currencyCode: str = "156"
    queryId: str = Field(description="the number of the transaction")
    origQryId: str | None = Field(default=None, description="of which a refund or a revocation is")
    respCode: str = Field(description="00 and A6: success")
    traceTime: str | None = Field(default=None, description="MMddHHmmss, when it was carried out")
    signPubKeyCert: str = Field(description="PEM: who signed")
    signature: str = Field(
        description="base64 of RSA-SHA256 over the hexadecimal SHA-256 of the other fields"
    )
