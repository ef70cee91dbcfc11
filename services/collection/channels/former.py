"""Reads what channels sent whose keys are no longer in the settings: what they told stays readable."""

from services.collection.channels import alipay_notices, generic, givebacks, unionpay_notices, wallet
from services.collection.channels.forms import is_kept
from services.collection.channels.port import ReportedPayment, ReportedReturn


def reported_by(raw: bytes, content: bytes | None) -> ReportedPayment:
    """Read a payment; that of a wallet is doubtful, for it was paid to nobody whom we are."""
    if content is None:
        return generic.reported_by(raw)
    if is_kept(alipay_notices.KIND, content):
        return alipay_notices.reported_by(content, None)
    if is_kept(unionpay_notices.KIND, content):
        return unionpay_notices.reported_by(content, None)
    return wallet.reported_by(content, None)


def returned_by(raw: bytes, content: bytes | None) -> ReportedReturn:
    """Read what went back."""
    if content is None:
        return givebacks.returned_by(raw)
    if is_kept(alipay_notices.KIND, content):
        return alipay_notices.returned_by(content)
    if is_kept(unionpay_notices.KIND, content):
        return unionpay_notices.returned_by(content)
    return wallet.returned_by(content)
