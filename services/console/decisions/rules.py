"""Who may decide what of a case or an approval, and what that is called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from libs.common.security.scopes import ROLES
from services.console.pages.rules import ROLE_NAMES
from services.console.session.rules import Visitor

#: Scopes of which any shows what is exchanged.
_EXCHANGE = {"exchange:read", "exchange:write", "exchange:collector", "exchange:bureau"}
#: The scope with which the cases of a service are decided, and what was asked for is agreed to.
DECIDES: Mapping[str, str] = {
    "registration": "registration:decide",
    "collection": "collection:write",
    "subsidy": "subsidy:approve",
    "ledger": "ledger:close",
    "webhooks": "webhooks:write",
}
#: Scopes of which any suffices, beside that, to say that an alert was seen.
SEES: Mapping[str, tuple[str, ...]] = {
    "registration": ("registration:write", "progress:write", "survey:write"),
    "collection": ("cash:review",),
    "subsidy": ("subsidy:write", "cards:write"),
    "ledger": ("ledger:write",),
    "webhooks": (),
}
#: Scopes with which an operation is agreed to, where it is not that of deciding cases.
AGREES: Mapping[str, str] = {
    "move": "registration:write",
    "parameters": "notices:write",
    "help_withdrawal": "registration:write",
    "help_return": "registration:write",
    "bulletin": "progress:sign",
    "score_entry": "scores:write",
    "score_entry_withdrawal": "scores:write",
    "score_sheet": "scores:write",
    "handover_paper": "ledger:sign",
    "new_channel_secret": "channels:write",  # nosec B105
}
#: What is agreed to where no case is about it.
OPERATIONS: Mapping[str, tuple[str, str]] = {
    "move": ("迁移户或村（社区）", "Move somebody to another household or village"),
    "parameters": ("补充通知未定的数值", "Supply values that the notice leaves open"),
    "cancel_exempt": ("取消免缴人员的参保", "Cancel the enrollment of somebody who is exempt"),
    "erasure": ("销毁个人信息", "Erase somebody's data"),
    "backdated_roster": ("补报以前日期的名册", "Take a roster of an earlier day"),
    "bulletin": ("签发通报", "Sign a bulletin"),
    "score_entry": ("登记考核评分事项", "Enter a judged item of a score"),
    "score_entry_withdrawal": ("撤回考核评分事项", "Take back a judged item of a score"),
    "score_sheet": ("定稿考核表", "Freeze a score sheet"),
    "help_withdrawal": ("撤回一笔资助名单", "Take somebody off a list of help"),
    "help_return": ("退回未用完的资助资金", "Give back help money that is left"),
    "elsewhere_help": ("异地参保资助", "Help somebody who is insured elsewhere"),
    "elsewhere_help_withdrawal": ("撤回异地参保资助", "Withdraw help of somebody insured elsewhere"),
    "correct_history": ("更正历年参保记录", "Correct in which years somebody was insured"),
    "state_history_whole": ("确认历年参保记录完整", "State that the histories are whole"),
    "reverse_village_batch": ("整批冲回村级批次", "Take a village batch back as a whole"),
    "reverse_cash_receipts": ("一并撤销多笔现金收款", "Take cash receipts back together"),
    "give_back_by_channel": ("原路退款", "Give money back by its channel"),
    "new_channel_secret": ("为渠道启用新密钥", "Give a channel a new secret"),
    "reverse_channel_fee": ("冲回渠道手续费", "Take back a fee that a channel kept"),
    "debit_batch": ("送银行代扣批次", "Have a bank debit a batch of accounts"),
    "debit_batch_given_up": ("放弃未回盘的代扣", "Give up debits that no bank has answered"),
    "payout_batch": ("送银行发放批次", "Send a batch of payouts to the bank"),
    "refund": ("退费", "Give a contribution back"),
    "fund_arrival_reversal": ("冲销到账资助资金", "Take back an entry of payers' money"),
    "match_terms": ("录入财政配套标准", "Enter the terms of the fiscal match"),
    "match_arrival_reversal": ("冲销配套资金到账", "Take back an arrival of the fiscal match"),
    "work_funds_reversal": ("冲销工作经费拨付", "Take back a payment of work funds"),
    "handover_paper": ("签认移交单", "Sign a paper of a handover"),
    "close_month": ("结账", "Close an accounting month"),
    "reopen_month": ("解锁会计期间", "Open an accounting month again"),
}


def may_any(visitor: Visitor, scopes: Iterable[str]) -> bool:
    """Whether the role of a visitor carries any of these scopes."""
    return bool(set(ROLES[visitor.role]) & set(scopes))


def who_may(scope: str) -> tuple[str, str]:
    """The roles of officers whose scopes have this one, in both languages."""
    names = [names for role, names in ROLE_NAMES.items() if scope in ROLES[role]]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)


def may_decide(visitor: Visitor, service: str) -> bool:
    """Whether a visitor may decide the cases of a service."""
    return may_any(visitor, [DECIDES[service]])


def may_acknowledge(visitor: Visitor, service: str) -> bool:
    """Whether a visitor may say that an alert of a service was seen."""
    return may_any(visitor, [DECIDES[service], *SEES[service]])


def may_agree(visitor: Visitor, service: str, operation: str, asked_by: str) -> bool:
    """Whether a visitor may be the second person: never about one's own wish."""
    return visitor.name != asked_by and may_any(visitor, [AGREES.get(operation, DECIDES[service])])


@dataclass(frozen=True, slots=True)
class Opens:
    """To which pages a visitor may go on from a case: of `people`, of `batches` that were exchanged."""

    people: bool
    batches: bool


def opens_of(visitor: Visitor) -> Opens:
    """What a visitor may open."""
    scopes = set(ROLES[visitor.role])
    return Opens(people="registration:read" in scopes, batches=bool(scopes & _EXCHANGE))
