"""Describes the notification endpoints in the OpenAPI document; `receiving.py` answers them."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Response

from libs.common.web.catalogue import NOT_READY, SIGNATURE_INVALID
from libs.common.web.openapi import problems
from services.collection.channels.generic import PaymentNotification
from services.collection.channels.givebacks import ReturnNotification
from services.collection.channels.wallet import WeChatNotification
from services.collection.intake.schemas import Accepted, WeChatAccepted
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
_WECHAT_REFUSED = {
    "description": "Refused: WeChat Pay reads the status and tries again later",
    "content": {"application/json": {"example": {"code": "FAIL", "message": "签名验证失败。"}}},
}


@router.post(
    "/wechat/notifications",
    summary="WeChat Pay tells of a payment",
    response_model=WeChatAccepted,
    responses={400: _WECHAT_REFUSED, 401: _WECHAT_REFUSED, 409: _WECHAT_REFUSED, 503: _WECHAT_REFUSED},
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
        PaymentNotification | ReturnNotification,
        Body(openapi_examples={"payment": {"value": _PAYMENT}, "refund": {"value": _REFUND}}),
    ],
    webhook_id: Annotated[str, Header(description="the message; the same over retries")],
    webhook_timestamp: Annotated[
        str, Header(description="unix seconds of this attempt, at most 5 minutes off")
    ],
    webhook_signature: Annotated[
        str, Header(description="`v1,<base64>`; several, separated by blanks, while rotating")
    ],
) -> Response:
    """Standard Webhooks (HMAC-SHA256 over `id.timestamp.body`); no bearer token. Answered after the commit.

    The same transaction number with the same claim (instant, amounts, persons, county, year, order), in
    whatever words and order, gets the first answer; with another claim 409. Money whose
    owner, amount, year or time does not fit is accepted all the same and kept in suspense with a reason.

    `payment.refunded`, `payment.reversed` and `payment.failed` tell of money that went back, or never came.
    They may arrive before their payment; the same `return_no` counts once.
    """
    raise NotImplementedError("answered by the intake in front of the framework")
