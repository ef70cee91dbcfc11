"""The forms about a unit: its list as a file, and the order by which it pays."""

from collections.abc import Mapping

from services.console.files.handing import FileForm
from services.console.forms.rules import Choice, Fact, Fault, Field, Sheet
from services.console.pages.rules import minute
from services.console.persons.rules import Called, named
from services.console.units.schemas import Order, Unit

DRY_RUN = Field("dry_run", "先试算（不提交）", "Dry run: only say what would happen", "tick", required=False)


def way_of(unit: Unit) -> str:
    """The page of a unit."""
    return f"units/{unit.unit_id}"


def facts_of(unit: Unit) -> tuple[Fact, ...]:
    """What is known of a unit above each of its forms."""
    version = f"第 {unit.version_no} 版", f"version {unit.version_no}"
    facts = [
        Fact("单位", "Unit", f"{unit.name}（{unit.code}）", f"{unit.name} ({unit.code})"),
        Fact("参保年度", "Coverage year", f"{unit.coverage_year} 年度", str(unit.coverage_year)),
        Fact("现行名单", "List", *(version if unit.version_no else ("尚未上传", "none yet"))),
        Fact("名单人数", "Listed", f"{unit.listed:,} 人", f"{unit.listed:,}"),
    ]
    if unit.closes_at is not None:
        facts.append(Fact("名单截止", "Until", *(minute(unit.closes_at),) * 2))
    return tuple(facts)


def list_form(unit: Unit) -> FileForm:
    """The form of the whole list. It says which version was there when it was opened."""
    sheet = Sheet("上传单位名单", "Send the list", "上传", "Send", (DRY_RUN,), way_of(unit), facts_of(unit))
    return FileForm(
        sheet,
        "每次上传完整名单：新人员登记参保，未列入的移出名单（不影响其已办理的参保）。有误的行只影响本行。",
        "Send the whole list each time: who is new is registered and enrolled; who is not on it is left out "
        "and stays insured. A faulty line keeps out only itself.",
        f"{way_of(unit)}/template",
        {"replaces": str(unit.version_no)},
    )


def said_of(unit: Unit, typed: Mapping[str, str]) -> dict[str, str]:
    """What is said of the file, as the API takes it."""
    replaces = typed.get("replaces", "")
    return {
        "county": unit.county,
        "coverage_year": str(unit.coverage_year),
        "replaces": replaces if replaces.isascii() and replaces.isdigit() else "0",
        "dry_run": "true" if typed.get("dry_run") else "false",
    }


def list_changed() -> Fault:
    """What is said where another list came while the form was open."""
    return Fault(
        "",
        "本页打开后名单又有新的版本，本次没有提交。请先核对单位页面上的现行名单，再重新上传。",
        "Another list came since this page was opened; nothing was sent. Look at the list that counts, then "
        "send yours again.",
    )


def order_sheet(unit: Unit, called: Called) -> Sheet:
    """The form that orders for everybody of the list who owes something."""
    channels = tuple(Choice(one, *named(called.channels, one)) for one in unit.channels)
    field = Field("channel", "缴费渠道", "Channel", "choice", channels)
    facts = (
        *facts_of(unit),
        Fact("待缴费", "To be paid", f"{unit.unpaid:,} 人", f"{unit.unpaid:,}"),
    )
    return Sheet("单位缴费", "Pay for the list", "下一步", "Go on", (field,), way_of(unit), facts)


def order_will(unit: Unit, called: Called, typed: Mapping[str, str]) -> list[Fact]:
    """What ordering will do."""
    return [
        Fact("渠道", "Channel", *named(called.channels, typed["channel"])),
        Fact(
            "订单", "Order", "为名单上目前应缴费的人员生成一张订单，其余人员逐行说明原因。",
            "One order for everybody of the list who owes something now; why not, is said of the others.",
        ),
        Fact(
            "付款", "Payment", "付款前可以撤销；未付款的到期自动失效。",
            "It can be given up before it is paid, and ends by itself when nobody pays.",
        ),
    ]  # fmt: skip


def cancel_sheet(unit: Unit, order: Order) -> Sheet:
    """The form that gives an order up."""
    return _order_form(unit, order, "撤销订单", "Give the order up")


def receipt_sheet(unit: Unit, order: Order) -> Sheet:
    """The form that issues the receipt of an order."""
    return _order_form(unit, order, "开具单位票据", "Issue the receipt")


def _order_form(unit: Unit, order: Order, title_zh: str, title: str) -> Sheet:
    facts = (*facts_of(unit), Fact("订单号", "Order", order.order_no, order.order_no))
    back = f"{way_of(unit)}/orders/{order.order_no}"
    return Sheet(title_zh, title, "确认提交", "Confirm", (), back, facts)
