"""The kinds of cases about help that was granted and money that goes to cards."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code
from services.subsidy.refunds.rules import LineMoney

FINANCE = "finance_officer"
BUREAU = "medical_insurance_officer"
#: Why a case is closed by itself.
CAUSE_GONE = "cause_gone"

_RECOVERED = Step("recovered", "The person gave it back", "已由本人退回", two_persons=True)
_FROM_FUND = Step("from_fund", "The fund returns it to its payer", "由基金退回资助方", two_persons=True)
GIVEN_UP = "given_up"
_GIVEN_UP = Step(GIVEN_UP, "Give it up", "不再追回", two_persons=True)

#: Help whose reason fell away after its money had left.
RECOVERY = CaseKind(
    "recovery",
    "Help that has left is to be recovered",
    "已发放的资助需要追回",
    FINANCE,
    (_RECOVERED, _FROM_FUND, _GIVEN_UP),
)
#: Help that has left, of which a part has no reason any more: a part of the payment went back.
PART_RECOVERY = CaseKind(
    "part_recovery",
    "A part of help that has left is to be recovered",
    "已发放的资助需要部分追回",
    FINANCE,
    (_RECOVERED, _GIVEN_UP),
)
#: The same money went out twice: to a card by two attempts, or to a card and back outside.
PAID_TWICE = CaseKind(
    "paid_twice",
    "The same money went out twice",
    "同一笔款项重复付出",
    FINANCE,
    (_RECOVERED, _GIVEN_UP),
)
#: What a personal account paid goes back to it: the bureau does it through the channel, which tells of it.
ACCOUNT_REFUND = CaseKind(
    "account_refund",
    "Money goes back to an employee's personal account",
    "须退回职工个人账户的缴费",
    BUREAU,
    (Step("noted", "The bureau gives it back, and its channel tells of it", "已通知经办机构原路退回"),),
)
#: Help was given back, or returned by the fund, and then the bank returned the same money.
OWED_BACK = CaseKind(
    "owed_back",
    "Help that was given back was returned by the bank, too",
    "已退回的资助款又被银行退汇",
    FINANCE,
    (
        Step("repaid", "It was paid back to the person", "已退还本人", two_persons=True),
        Step("noted", "The person had not given it back", "本人实际未退回", two_persons=True),
    ),
)
#: A bank says of an attempt what contradicts its earlier word, and no money of ours changes by it.
BANK_CONTRADICTION = CaseKind(
    "bank_contradiction",
    "A bank contradicts its earlier answer",
    "银行前后回执矛盾",
    FINANCE,
    (Step("noted", "Cleared up with the bank", "已与银行核实"),),
)

#: No money goes to an account whose holder is neither the person nor a minor's guardian.
HOLDER_DIFFERS = CaseKind(
    "holder_differs",
    "The holder of a card is not the person",
    "社保卡户名与本人姓名不一致",
    FINANCE,
    (
        Step("accept", "The account is right all the same", "账户无误，可以使用", two_persons=True),
        Step("another", "Another card is asked for", "另行提供社保卡"),
    ),
)

#: Finance confirmed less than was applied for, and the notice does not say whose help is paid first.
FUNDS_SHORT = CaseKind(
    "funds_short",
    "There is less money than was applied for",
    "资助资金不足",
    FINANCE,
    (
        Step("wait", "Nobody is paid before the rest is confirmed", "待资金补足后一并发放"),
        Step(
            "oldest_first",
            "Whom help was granted first is paid first",
            "按资助认定先后发放",
            two_persons=True,
        ),
    ),
)

#: Money is there, and no account that it could go to.
CARDS_MISSING = CaseKind(
    "cards_missing",
    "Payouts wait for a card for too long",
    "待发资助、退费长期缺少社保卡信息",
    "township_officer",
    (Step("noted", "Villages collect the cards", "已通知村（社区）收集"),),
    Alert(
        "{count} payouts of {yuan} yuan wait for a card for more than {days} days, the oldest since "
        "{oldest_on}.",
        "有 {count} 笔款项（{yuan} 元）因缺少社保卡等待超过 {days} 天，最早为 {oldest_on}。",
        "See whose they are (GET /v1/payouts?state=waiting_card and needs_card), record cards by "
        "POST /v1/cards:batch.",
        "请调取缺卡人员名单，收集并登记社保卡账户。",
    ),
)

KINDS = by_code(
    (
        *(RECOVERY, PART_RECOVERY, PAID_TWICE, OWED_BACK, BANK_CONTRADICTION, HOLDER_DIFFERS, FUNDS_SHORT),
        *(CARDS_MISSING, ACCOUNT_REFUND),
    )
)


def subject_of(grant_id: int) -> str:
    """What a case about the help of a grant is about."""
    return f"grants/{grant_id}"


def in_fund(money: LineMoney | None, *, cover_ended: bool) -> bool:
    """Whether the fund still has the person's own money, so that help on the card is returned out of it."""
    return cover_ended and money is not None and money.nets_help and money.overdrawn_fen == 0


def proposed_step(money: LineMoney | None, *, cover_ended: bool) -> str:
    """What is proposed where help that has left is to be recovered."""
    return (_FROM_FUND if in_fund(money, cover_ended=cover_ended) else _RECOVERED).code
