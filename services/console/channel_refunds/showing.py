"""What is asked of whoever has money given back by its channel, and what it will do."""

from collections.abc import Mapping

from services.console.forms.rules import Fact, Field, Sheet, fen_of
from services.console.pages.rules import amount
from services.console.persons.schemas import Line, Payment

_BACK = "work/suspense"
FIELDS = (
    Field("reason", "退款事由", "Why", "long"),
    Field(
        "amount", "退款金额（元）", "Amount (yuan)", "yuan", required=False, most=20,
        hint_zh="不填为退还全部余额。", hint="Empty: all that is left.",
    ),
)  # fmt: skip


def sheet_of(payment: Payment, line: Line, channel: tuple[str, str]) -> Sheet:
    """The form that has money of a line in suspense given back."""
    facts = (
        Fact("交易号", "Transaction", payment.transaction_no, payment.transaction_no),
        Fact("渠道", "Channel", *channel),
        Fact("缴费金额", "Paid", *amount(line.amount_fen)),
        Fact("余额", "Left", *amount(line.amount_fen - line.refunded_fen)),
    )
    return Sheet("原路退款", "Give it back by its channel", "下一步", "Go on", FIELDS, _BACK, facts)


def will(line: Line, typed: Mapping[str, str]) -> list[Fact]:
    """What asking for it will do."""
    left = line.amount_fen - line.refunded_fen
    asked = fen_of(typed["amount"]) if typed["amount"] else left
    return [
        Fact("退款金额", "Amount", *amount(asked)),
        Fact("退款事由", "Why", typed["reason"], typed["reason"]),
        Fact(
            "审批", "Who agrees", "须第二人审批，审批前不退款。", "A second person; nothing goes back before."
        ),
        Fact(
            "去向", "Where to", "由收款渠道退回原付款账户，通常数分钟至数个工作日到账。",
            "By the channel that took it to the account that paid, in minutes or some workdays.",
        ),
        Fact(
            "其间", "Meanwhile", "该笔资金不入账，也不退至社保卡；已批准退至社保卡的，不再原路退款。",
            "It is neither applied nor refunded to a card; what goes to a card already does not go back so.",
        ),
    ]  # fmt: skip


def body_of(typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    part = {"amount_fen": fen_of(typed["amount"])} if typed["amount"] else {}
    return {"reason": typed["reason"], **part}
