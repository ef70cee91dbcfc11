"""The form that sends a list of whom money helps."""

from collections.abc import Mapping

from services.console.files.handing import FileForm
from services.console.forms.rules import Fact, Field, Sheet
from services.console.helps.schemas import Money
from services.console.pages.rules import amount

_HELPER = Field(
    "helper", "资助单位或个人名称", "Who gives it, by name", most=100,
    hint_zh="如 某村股份经济合作社。", hint="As on their paper.",
)  # fmt: skip
DRY_RUN = Field("dry_run", "先试算（不资助）", "Dry run: only say what would happen", "tick", required=False)


def way_of(money: Money) -> str:
    """The page of money."""
    return f"helps/{money.county}/{money.coverage_year}/{money.arrival_id}"


def facts_of(money: Money) -> tuple[Fact, ...]:
    """What is known of money above its form."""
    return (
        Fact("资助方", "Who helps", money.payer_label_zh, money.payer_label),
        Fact("参保年度", "Coverage year", f"{money.coverage_year} 年度", str(money.coverage_year)),
        Fact("到账", "Arrived", *amount(money.amount_fen)),
        Fact("余额", "Left", *amount(money.left_fen)),
    )


def list_form(money: Money) -> FileForm:
    """The form of a list."""
    fields = (_HELPER, DRY_RUN)
    sheet = Sheet("上传资助名单", "Send a list", "上传", "Send", fields, way_of(money), facts_of(money))
    return FileForm(
        sheet,
        "名单上每人按所列金额资助，不填金额的资助其全部应缴费用；不超过本人应缴和该笔款项余额。"
        "已列入的不必重复上传。",
        "Each gets what the file says, or all that is owed where it says nothing: never more than is owed "
        "and than is left. Who was listed before need not be sent again.",
        f"{way_of(money)}/template",
    )


def said_of(money: Money, typed: Mapping[str, str]) -> dict[str, str]:
    """What is said of the file, as the API takes it."""
    return {
        "county": money.county,
        "coverage_year": str(money.coverage_year),
        "arrival_id": str(money.arrival_id),
        "helper": typed["helper"],
        "dry_run": "true" if typed.get("dry_run") else "false",
    }
