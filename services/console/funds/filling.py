"""The forms that apply for money of help and say how much of it there is, and what each will do."""

from collections.abc import Mapping, Sequence

from services.console.forms.rules import Choice, Fact, Fault, Field, Sheet, fen_of
from services.console.funds.naming import way_of
from services.console.funds.schemas import Application
from services.console.pages.rules import amount

_FULL = Choice("full", "足额落实", "All of it is there")
_PART = Choice(
    "part", "部分落实", "A part of it is there",
    "填写截至目前落实的全部资金，以后可以补足。", "All that there is up to now; more may follow.",
)  # fmt: skip
_NONE = Choice(
    "none", "暂无资金", "Nothing is there",
    "按 0 元确认，资助暂不发放，以后可以补足。", "¥0.00 is confirmed, and nobody is paid before more comes.",
)  # fmt: skip
_AMOUNT = Field(
    "confirmed_fen", "截至目前落实资金（元）", "All that there is up to now (yuan)", "yuan", most=20,
    required=False, hint_zh="只在部分落实时填写。", hint="Where a part of it is there.",
)  # fmt: skip


def apply_sheet(county: str, coverage_year: int) -> Sheet:
    """The form that applies for the money of all help that was verified and is in no application."""
    facts = (
        Fact("参保年度", "Coverage year", f"{coverage_year} 年度", str(coverage_year)),
        Fact(
            "范围", "Which", "已核验通过、尚未申请资金的全部资助。",
            "All help that was verified and whose money nobody applied for.",
        ),
    )  # fmt: skip
    back = f"work/applications?season={county}-{coverage_year}"
    return Sheet("申请资助资金", "Apply for money of help", "下一步", "Go on", (), back, facts)


def apply_will(_: Mapping[str, str]) -> list[Fact]:
    """What applying does."""
    return [
        Fact(
            "申请", "Applications", "每个资助方一份，列明各乡镇人数和金额；提交后不再变动。",
            "One for each payer, by township; what it sums up never changes.",
        ),
        Fact(
            "之后", "After that", "由财政局确认落实的资金，确认前不发放。",
            "Finance says how much there is; nothing is paid before.",
        ),
    ]  # fmt: skip


def confirm_sheet(one: Application, facts: Sequence[Fact]) -> Sheet:
    """The form that says how much there is for an application; never less than was said before."""
    choices = (_FULL, _PART) if one.confirmed_fen else (_FULL, _PART, _NONE)
    fields = (Field("answer", "资金落实情况", "What there is", "choice", choices), _AMOUNT)

    def together(typed: Mapping[str, str]) -> list[Fault]:
        least, most = one.confirmed_fen or 1, one.total_fen
        if typed["answer"] != "part" or (typed["confirmed_fen"] and least <= confirmed(one, typed) < most):
            return []
        (least_zh, least_en), (most_zh, most_en) = amount(least), amount(most)
        return [
            Fault(
                "confirmed_fen", f"请填写金额：不少于 {least_zh}，且少于 {most_zh}。",
                f"Write an amount of at least {least_en} and below {most_en}.",
            )
        ]  # fmt: skip

    back = way_of(one.application_id)
    return Sheet(
        "确认资金", "Say what there is", "下一步", "Go on", fields, back, tuple(facts), together=together
    )


def confirmed(one: Application, typed: Mapping[str, str]) -> int:
    """How much there is by an answer, up to now."""
    if typed["answer"] == "part":
        return fen_of(typed["confirmed_fen"])
    return one.total_fen if typed["answer"] == "full" else 0


def confirm_will(one: Application, typed: Mapping[str, str]) -> list[Fact]:
    """What saying so does."""
    fen = confirmed(one, typed)
    facts = [
        Fact("申请金额", "Asked for", *amount(one.total_fen)),
        Fact("确认金额", "Confirmed", *amount(fen)),
        Fact("缺口", "Short", *amount(one.total_fen - fen)),
    ]
    if fen == one.total_fen:
        follows = (
            "申请内的资助均可发放：补助到卡的随下一发放批次。",
            "All help of it may be paid: what goes to cards goes with the next payout.",
        )
    elif not fen:
        follows = (
            "没有资金，资助均不发放；落实后在本申请中补足。",
            "Nobody is paid; say on this application what comes later.",
        )
    else:
        follows = (
            "通知规定了先后的，按规定发放到确认金额为止；没有规定的列为待办事项“资助资金不足”，"
            "由两名财政人员决定，决定前不发放。",
            "As far as it reaches for whom the notice has first; where it has nobody first, two officers of "
            "finance decide the case “less money than was applied for”, and nobody is paid before.",
        )
    return [*facts, Fact("结果", "What it does", *follows)]
