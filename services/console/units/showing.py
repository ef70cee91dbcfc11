"""Puts together the page of a unit: how far it is, who is on its list, and its orders."""

from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.persons.rules import Called, named
from services.console.units.filling import facts_of, way_of
from services.console.units.naming import LINES, ORDERS, STATES, TROUBLES
from services.console.units.schemas import ListedOrders, OnList, OnLists, Order, Receipts, Unit
from services.console.worklists.naming import named as called_as
from services.console.worklists.rules import ON_A_PAGE, Cell, Column, Table, day, money, number, words

LISTED = ("units", "单位名单", "Lists of units")


def unit_page(
    unit: Unit, found: OnLists, orders: ListedOrders | None, called: Called, *, records: bool = False
) -> Shown:
    """A unit. Whoever sees its orders is its clerk, who sends its list and pays. `records`: its account."""
    own = orders is not None
    parts = [_people(found)]
    if orders is not None and unit.channels:
        parts.append(_orders(unit, orders, called))
    way = way_of(unit)
    acts = [Act(f"{way}/list", "上传名单", "Send the list")] if own else []
    if own and unit.channels and unit.unpaid > 0:
        acts.append(Act(f"{way}/order", "单位缴费", "Pay for the list"))
    if unit.listed:
        acts.append(Act(f"{way}/roster", "导出名单（xlsx）", "The list (xlsx)", second=True))
    if records:
        acts.append(Act(f"{way}/account", "登记单位账户", "Record its account", second=True))
    if own:
        acts.append(Act(f"{way}/template", "下载模板", "Template", second=True))
    return Shown(unit.name, unit.name, *LISTED, _facts(unit, called), parts, acts)


def _facts(unit: Unit, called: Called) -> list[Fact]:
    counts = (
        ("已登记", "Registered", unit.registered), ("已缴费", "Paid", unit.paid),
        ("免缴", "Exempt", unit.exempt), ("待缴费", "To be paid", unit.unpaid),
        ("同时在其他单位名单", "On another list, too", unit.on_two_lists),
        ("列入名单前已缴费", "Paid for before", unit.paid_before),
        ("逾期未列入的行", "Lines that came too late", unit.late),
    )  # fmt: skip
    return [
        *facts_of(unit),
        Fact("村（社区）", "Village", *called.place(unit.division_code)),
        Fact("依据", "By", unit.clause, unit.clause),
        *(Fact(zh, en, f"{count:,}", f"{count:,}") for zh, en, count in counts),
    ]


def _people(found: OnLists) -> Part:
    columns = [
        Column("行号", "Line"), Column("姓名", "Name"), Column("状态", "State"),
        Column("应缴", "Due", right=True), Column("已缴", "Paid", right=True), Column("列入", "Listed on"),
        Column("说明", "Note"),
    ]  # fmt: skip
    table = Table(columns, [_person(one) for one in found.items], found.next_after)
    return Part("名单", "The list", table, none_zh="名单上没有人员。", none="Nobody is on it.")


def _person(one: OnList) -> list[Cell]:
    return [
        words(str(one.line)), words(one.masked_name), words(*called_as(STATES, one.state or "")),
        money(one.own_due_fen), money(one.paid_fen), day(one.listed_at), troubles(one.troubles),
    ]  # fmt: skip


def troubles(found: list[str]) -> Cell:
    """What should be looked at."""
    names = [called_as(TROUBLES, one) for one in found]
    return words("；".join(zh for zh, _ in names), "; ".join(en for _, en in names), warn=bool(names))


def _orders(unit: Unit, orders: ListedOrders, called: Called) -> Part:
    columns = [
        Column("订单号", "Order"), Column("状态", "State"), Column("渠道", "Channel"),
        Column("人数", "People", right=True), Column("金额", "Amount", right=True), Column("日期", "Made on"),
    ]  # fmt: skip
    rows = [
        [
            words(one.order_no, page=f"{way_of(unit)}/orders/{one.order_no}"),
            words(*called_as(ORDERS, one.state)), words(*named(called.channels, one.channel)),
            number(one.people), money(one.amount_fen), day(one.created_at),
        ]
        for one in orders.items
    ]  # fmt: skip
    none = "尚未生成订单。", "No order was made."
    return Part("订单", "Orders", Table(columns, rows), (), "", *none)


def order_page(
    unit: Unit, order: Order, receipts: Receipts | None, called: Called, *, after: int = 0
) -> Shown:
    """An order of a unit, with its people from one on, and whom it leaves out where that is told."""
    way = f"{way_of(unit)}/orders/{order.order_no}"
    parts = [_items(order, after)]
    if order.left_out:
        parts.insert(0, _left_out(order))
    if receipts is not None and receipts.items:
        parts.insert(0, _receipts(unit, receipts))
    acts = []
    if order.state == "pending":
        acts.append(Act(f"{way}/cancel", "撤销订单", "Give it up", second=True))
    if order.state == "paid" and not (receipts and receipts.items):
        acts.append(Act(f"{way}/receipt", "开具单位票据", "Issue the receipt"))
    lead = (
        ("缴费时向渠道提供订单号和金额，整单一次付清。", "Pay all of it at once, by its number and amount.")
        if order.state == "pending"
        else ("", "")
    )
    title = f"订单 {order.order_no}", f"Order {order.order_no}"
    return Shown(*title, *LISTED, _order_facts(unit, order, called), parts, acts, *lead)


def _order_facts(unit: Unit, order: Order, called: Called) -> list[Fact]:
    facts = [
        Fact("单位", "Unit", unit.name, unit.name, way_of(unit)),
        Fact("状态", "State", *called_as(ORDERS, order.state)),
        Fact("渠道", "Channel", *named(called.channels, order.channel)),
        Fact("金额", "Amount", *amount(order.amount_fen)),
        Fact("人数", "People", f"{len(order.items):,} 人", f"{len(order.items):,}"),
        Fact("生成时间", "Made at", *(minute(order.created_at),) * 2),
    ]
    if order.paid_at is not None:
        facts.append(Fact("付款时间", "Paid at", *(minute(order.paid_at),) * 2))
    elif order.state == "pending":
        facts.append(Fact("付款期限", "Until", *(minute(order.expires_at),) * 2))
    return facts


def _items(order: Order, after: int) -> Part:
    columns = [
        Column("姓名", "Name"), Column("年度", "Year", right=True), Column("金额", "Amount", right=True),
        Column("款项", "Money"), Column("凭证号", "Voucher"),
    ]  # fmt: skip
    some = order.items[after : after + ON_A_PAGE]
    rows = [
        [
            words(one.masked_name or ""), words(str(one.coverage_year)), money(one.amount_fen),
            words(*called_as(LINES, one.line_state or "")), words(one.voucher_no or ""),
        ]
        for one in some
    ]  # fmt: skip
    end = after + len(some)
    more = str(end) if end < len(order.items) else None
    return Part("订单人员", "People in it", Table(columns, rows, more))


def _left_out(order: Order) -> Part:
    columns = [Column("名单行号", "Line", right=True), Column("未列入订单的原因", "Why not")]
    rows = [[number(one.line), words(one.why.zh, one.why.en)] for one in order.left_out[:ON_A_PAGE]]
    count = f"{len(order.left_out):,}"
    lead = f"共 {count} 人未列入订单；最多显示 {ON_A_PAGE} 人。", f"{count} people; {ON_A_PAGE} are shown."
    return Part("未列入订单的人员", "Who is not in it", Table(columns, rows, None, *lead))


def _receipts(unit: Unit, receipts: Receipts) -> Part:
    columns = [Column("票据号", "Receipt"), Column("金额", "Amount", right=True), Column("开具", "Issued on")]
    rows = [
        [
            words(one.certificate_no, page=f"{way_of(unit)}/receipts/{one.certificate_no}"),
            money(one.paid_fen), day(one.issued_at),
        ]
        for one in receipts.items
    ]  # fmt: skip
    return Part("单位票据", "Receipts", Table(columns, rows))
