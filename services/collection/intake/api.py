"""Describes the notification endpoints in the OpenAPI document; `receiving.py` answers them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Header, Path, Response
from fastapi.responses import PlainTextResponse

from libs.common.web.catalogue import NOT_READY, SIGNATURE_INVALID
from libs.common.web.openapi import problems
from services.collection.channels.generic import PaymentNotification, SampleNotification
from services.collection.channels.givebacks import ReturnNotification
from services.collection.channels.wallet import WeChatNotification
from services.collection.intake.schemas import Accepted, AlipayNotice, UnionPayNotice, WeChatAccepted
from services.collection.problems import CHANNEL_UNKNOWN, INTAKE_BUSY, TRANSACTION_CONFLICT

router = APIRouter(prefix="/v1/channels", tags=["channels"])

_PAYMENT = {
    "type": "payment.succeeded",
    "timestamp": "2019-11-20T10:00:05+08:00",
    "data": {
        "transaction_no": "T20191120000001",
        "paid_at": "2019-11-20T10:00:00+08:00",
        "amount_fen": 50000,
        "county": "youxi",
        "coverage_year": 2020,
        "items": [
            {"id_number": "11010519491231002X", "name": "张三", "amount_fen": 25000},
            {"id_number": "S190000123", "name": "张小明", "amount_fen": 25000},
        ],
    },
}
_REFUND = {
    "type": "payment.refunded",
    "timestamp": "2019-11-25T09:00:05+08:00",
    "data": {
        "transaction_no": "T20191120000001",
        "return_no": "R20191125000001",
        "returned_at": "2019-11-25T09:00:00+08:00",
        "amount_fen": 25000,
        "id_number": "11010519491231002X",
        "reason": "重复缴费",
    },
}
_TEST = {"type": "channel.test", "timestamp": "2019-11-20T09:00:00+08:00", "data": {}}
_WECHAT = {
    "id": "EV-2018022511223320873",
    "create_time": "2019-11-20T10:00:00+08:00",
    "resource_type": "encrypt-resource",
    "event_type": "TRANSACTION.SUCCESS",
    "summary": "支付成功",
    "resource": {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": "...",
        "associated_data": "transaction",
        "nonce": "...",
    },
}
_ALIPAY = {
    "notify_id": "2019112000222100005048450559358070",
    "app_id": "2019073166072302",
    "seller_id": "2088531891668739",
    "trade_no": "2019112022001468450512505578",
    "out_trade_no": "CB2019112000000001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "250.00",
    "gmt_payment": "2019-11-20 10:00:00",
    "charset": "utf-8",
    "sign_type": "RSA2",
    "sign": "...",
}
_ALIPAY_REFUSED = {
    "description": "Refused: Alipay sends again after anything but `success`",
    "content": {"text/plain": {"example": "failure"}},
}
_UNIONPAY = {
    "version": "5.1.0",
    "encoding": "UTF-8",
    "signMethod": "01",
    "txnType": "01",
    "merId": "777290058110097",
    "orderId": "CB2019112000000001",
    "txnTime": "20191120100000",
    "txnAmt": "25000",
    "currencyCode": "156",
    "queryId": "781911201000000674028",
    "respCode": "00",
    "traceTime": "1120100003",
    "signPubKeyCert": "-----BEGIN CERTIFICATE-----...",
    "signature": "...",
}
_UNIONPAY_REFUSED = {
    "description": "Refused: UnionPay sends again after any status but 200",
    "content": {"text/plain": {"example": "failure"}},
}
_WECHAT_REFUSED = {
    "description": "Refused: WeChat Pay reads the status and tries again later",
    "content": {"application/json": {"example": {"code": "FAIL", "message": "签名验证失败。"}}},
}


def _unknown(refused: dict[str, Any]) -> dict[str, Any]:
    """What a wallet is answered that is not configured: nobody knows then which words it reads."""
    unknown = problems(CHANNEL_UNKNOWN)[404]
    return {**refused, "content": unknown["content"] | refused["content"]}


@router.post(
    "/wechat/notifications",
    summary="WeChat Pay tells of a payment",
    response_model=WeChatAccepted,
    responses={
        **{status: _WECHAT_REFUSED for status in (400, 401, 409, 429, 503)},
        404: _unknown(_WECHAT_REFUSED),
    },
)
async def notify_by_wechat(
    body: Annotated[WeChatNotification, Body(openapi_examples={"payment": {"value": _WECHAT}})],
    wechatpay_serial: Annotated[str, Header(description="which key signed: a certificate or PUB_KEY_ID_...")],
    wechatpay_timestamp: Annotated[str, Header(description="unix seconds, at most 5 minutes off")],
    wechatpay_nonce: Annotated[str, Header()],
    wechatpay_signature: Annotated[
        str, Header(description="base64 of RSA-SHA256 over time, nonce and raw body")
    ],
) -> Response:
    """API v3 notification: verified over the raw body, decrypted, stored, then answered.

    Payments of orders that are unknown, expired or of another amount are accepted and kept in suspense.
    Refunds made in WeChat's console are booked on their payment; events that this platform does not know are
    stored and acknowledged.
    """
    raise NotImplementedError("answered by the intake in front of the framework")


@router.post(
    "/alipay/notifications",
    summary="Alipay tells of a payment or a refund",
    response_class=PlainTextResponse,
    responses={
        200: {"description": "Stored durably", "content": {"text/plain": {"example": "success"}}},
        **{status: _ALIPAY_REFUSED for status in (400, 401, 409, 429, 503)},
        404: _unknown(_ALIPAY_REFUSED),
    },
)
async def notify_by_alipay(
    body: Annotated[AlipayNotice, Form(openapi_examples={"payment": {"value": _ALIPAY}})],
) -> Response:
    """Asynchronous notice of the open platform (RSA2, both signature rules), stored, then answered `success`.

    The address bears the name that the settings give the account: `alipay`, or one for each county. Money for
    another seller or app, of orders that are unknown, expired or of another amount is kept in suspense.
    `refund_fee` is all that went back so far: what is new in it is booked on the payment. Notices of unpaid
    trades, and of other kinds, are stored and acknowledged.
    """
    raise NotImplementedError("answered by the intake in front of the framework")


@router.post(
    "/unionpay/notifications",
    summary="UnionPay tells of a payment, a refund or a revocation",
    response_class=PlainTextResponse,
    responses={
        200: {"description": "Stored durably", "content": {"text/plain": {"example": "ok"}}},
        **{status: _UNIONPAY_REFUSED for status in (400, 401, 409, 429, 503)},
        404: _unknown(_UNIONPAY_REFUSED),
    },
)
async def notify_by_unionpay(
    body: Annotated[UnionPayNotice, Form(openapi_examples={"payment": {"value": _UNIONPAY}})],
) -> Response:
    """Notice of the gateway 5.1.0 behind the payer's page, or what that page was given: the first counts.

    The address bears the name that the settings give the merchant: `unionpay`, or one for each county. The
    certificate in `signPubKeyCert` has to lead to UnionPay's root, name UnionPay and be in date. `respCode`
    00 and A6 are success; a purchase with another one is stored and acknowledged, a refund becomes a case.
    Money for another merchant, of orders that are unknown, expired or of another amount is kept in suspense.
    """
    raise NotImplementedError("answered by the intake in front of the framework")


@router.post(
    "/{channel}/notifications",
    status_code=202,
    summary="A bank, the tax office or a village terminal tells of a payment, or of money that went back",
    response_model=Accepted,
    responses=problems(
        SIGNATURE_INVALID, CHANNEL_UNKNOWN, TRANSACTION_CONFLICT.problem(conflicting="transaction number"),
        INTAKE_BUSY, NOT_READY,
    ),
)  # fmt: skip
async def notify_by_webhook(
    channel: Annotated[str, Path(examples=["tax"])],
    body: Annotated[
        PaymentNotification | ReturnNotification | SampleNotification,
        Body(
            openapi_examples={
                "payment": {"value": _PAYMENT},
                "refund": {"value": _REFUND},
                "test": {"value": _TEST},
            }
        ),
    ],
    webhook_id: Annotated[str, Header(description="the message; the same over retries")],
    webhook_timestamp: Annotated[
        str, Header(description="unix seconds of this attempt, at most 5 minutes off")
    ],
    webhook_signature: Annotated[
        str, Header(description="`v1,<base64>`; several, separated by blanks, while rotating")
    ],
) -> Response:
    """Standard Webhooks (`v1`: HMAC-SHA256 over `id.timestamp.body`; `v1a`: Ed25519); no bearer token.

    Answered after the commit.

    The same transaction number with the same claim (instant, amounts, persons, county, year, order), in
    whatever words and order, gets the first answer; with another claim 409. Money whose
    owner, amount, year or time does not fit is accepted all the same and kept in suspense with a reason.

    `payment.refunded`, `payment.reversed` and `payment.failed` tell of money that went back, or never came.
    They may arrive before their payment; the same `return_no` counts once. `refund.closed` and
    `refund.abnormal` say that what was asked for under `request_no` did not go back. `channel.test` is a
    sample by which a sender tries its secret: it is stored and acknowledged, and nothing follows from it.
    """
    raise NotImplementedError("answered by the intake in front of the framework")
