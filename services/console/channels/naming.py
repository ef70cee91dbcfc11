"""What the codes of channels are called."""

from services.console.worklists.naming import Names

SIGNATURES: Names = {
    "secret": ("共享密钥（HMAC-SHA256）", "a secret (HMAC-SHA256)"),
    "own_key": ("对方私钥（Ed25519）", "the sender's own key (Ed25519)"),
    "wechat": ("微信支付平台签名", "WeChat Pay"),
    "alipay": ("支付宝平台签名", "Alipay"),
    "unionpay": ("银联证书签名", "UnionPay's certificate"),
}
OUTCOMES: Names = {
    "stored": ("已收取", "taken"),
    "repeated": ("重复通知，未重复入账", "repeated, counted once"),
    "signature-invalid": ("签名无效，已拒收", "refused: the signature is wrong"),
    "invalid-request": ("内容不合规，已拒收", "refused: something in it is wrong"),
    "malformed-body": ("无法读取，已拒收", "refused: it cannot be read"),
    "transaction-conflict": ("与已收通知矛盾，已拒收", "refused: it contradicts an earlier one"),
    "body-too-large": ("过大，已拒收", "refused: too large"),
    "too-many-requests": ("过于频繁，暂未收取", "refused for now: too many"),
    "intake-busy": ("接收繁忙，暂未收取", "refused for now: the intake was busy"),
    "not-ready": ("服务未就绪，暂未收取", "refused for now: not ready"),
    "method-not-allowed": ("方法有误，已拒收", "refused: not a POST"),
}
CHECKS: Names = {
    "signed": ("已签名", "signed"),
    "signature": ("签名有效", "signature"),
    "timestamp": ("时间有效", "timestamp"),
    "form": ("格式正确", "form"),
    "stored": ("已存储", "stored"),
    "answered": ("对方有应答", "answered"),
    "answer_signature": ("应答签名有效", "signature of the answer"),
    "unknown": ("查无此单（应如此）", "knows no such order, as it should"),
}
