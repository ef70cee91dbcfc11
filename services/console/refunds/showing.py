"""What is asked of whoever asks for a refund, and what it will do."""

from collections.abc import Mapping

from services.console.forms.rules import Fact, Field, Sheet, fen_of
from services.console.pages.rules import amount
from services.console.persons.schemas import Line, Payment

FIELDS = (
    Field("reason", "退费事由", "Why", "long"),
    Field(
        "amount", "退费金额（元）", "Amount (yuan)", "yuan", required=False, most=20,
        hint_zh="不填为退还全部余额。", hint="Empty: all that is left.",
    ),
    Field(
        "exceptional", "通知未规定此类退费，按特殊情形申请",
        "Not provided for by the notice: ask for an exception",
        "tick", required=False,
    ),
)  # fmt: skip


def sheet_of(payment: Payment, line: Line, channel: tuple[str, str], back: str) -> Sheet:
    """The form that asks for the refund of a line."""
    facts = (
        Fact("流水号", "Transaction", payment.transaction_no, payment.transaction_no),
        Fact("渠道", "Channel", *channel),
        Fact("缴费金额", "Paid", *amount(line.amount_fen)),
        Fact("可退余额", "Left", *amount(line.amount_fen - line.refunded_fen)),
    )
    return Sheet("申请退费", "Ask for a refund", "下一步", "Go on", FIELDS, back, facts)


def will(line: Line, typed: Mapping[str, str]) -> list[Fact]:
    """What asking for it will do."""
    left = line.amount_fen - line.refunded_fen
    asked = fen_of(typed["amount"]) if typed["amount"] else left
    facts = [
        Fact("退费金额", "Amount", *(amount(asked))),
        Fact("退费事由", "Why", typed["reason"], typed["reason"]),
        Fact(
            "审批", "Who agrees", "须第二人审批，审批前不退款。", "A second person; nothing goes back before."
        ),
        Fact(
            "去向",
            "Where to",
            "退至本人社会保障卡；单位缴的退回单位。",
            "To the person’s social-security card; to the unit where a unit paid.",
        ),
    ]
    if line.state == "applied" and asked >= left:
        facts.append(
            Fact(
                "待遇", "Cover", "退还全部缴费后，该年度参保终止，相应资助一并收回。",
                "All of the contribution goes back: the cover of the year ends, and the help with it.",
            )
        )  # fmt: skip
    return facts


def body_of(payment: Payment, line: Line, typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    body: dict[str, object] = {
        "payment_id": payment.payment_id,
        "line_no": line.line_no,
        "reason": typed["reason"],
    }
    if typed["amount"]:
        body["amount_fen"] = fen_of(typed["amount"])
    return body | ({"exceptional": True} if typed["exceptional"] else {})
