"""What townships, channels and payers are called on papers: as the notice names them."""

from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from services.ledger.accounts import rules as accounts
from services.ledger.totals.rules import RESIDENTS


def township_name(notice: Notice, township: str) -> str:
    """What a township is called in the table of tasks, or whose notice it is; else its code."""
    for row in notice.targets.rows if notice.targets else ():
        if row.division == township.ljust(CODE_LENGTH, "0"):
            return row.name.zh
    return notice.document.notice.place.zh if township == notice.division else township or "未知"


def channel_name(notice: Notice, channel: str | None) -> str:
    """What a channel is called in the notice; cash by the number of its collector."""
    if channel is None:
        return "未知"
    kind, _, number = channel.partition(":")
    if kind == "cash" and number:
        return f"现金（收款人 {number}）"
    if accounts.is_employee_fund(channel):
        fund = notice.accounts.get(number)
        return f"个人账户共济（{fund.label.zh if fund else number}）"
    known = notice.channels.get(channel)
    return known.label.zh if known else channel


def payer_name(notice: Notice, payer: str) -> str:
    """Who bears it, as the notice says."""
    label = notice.payer_labels.get(payer)
    return "个人缴费" if payer == RESIDENTS else label.zh if label else payer


def group_name(notice: Notice, township: str | None, status: str | None) -> str:
    """What the people of a township are called, or those of them with a status."""
    name = township_name(notice, township or "")
    return f"{name}（{notice.statuses[status].label.zh}）" if status in notice.statuses else name
