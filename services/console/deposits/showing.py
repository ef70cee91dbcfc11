"""Puts together the list of deposits and the page of one: its slip, what it brought, and photos of it."""

from collections.abc import Mapping

from services.console.deposits import standing
from services.console.deposits.rules import sees_photos
from services.console.deposits.schemas import Deposit, Deposits, Photos
from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.receipts.schemas import Receipt, Receipts
from services.console.session.rules import Visitor
from services.console.worklists.naming import Names, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words

STATES: Names = {"made": ("已登记", "made"), "withdrawn": ("已撤销", "taken back")}
#: With more collectors than these the list of them would be longer than the page.
_MOST_CHOICES = 12
_CASH = "cash", "手持现金", "Cash in hand"


def list_page(found: Deposits, titles: Mapping[int, str], chosen: str) -> Shown:
    """Deposits of the own division, in the order in which they were entered."""
    columns = [
        Column("解款", "Deposit"), Column("收缴点", "Collector"), Column("年度", "Year"),
        Column("存款单号", "Slip"), Column("金额", "Amount", right=True),
        Column("收据", "Receipts", right=True), Column("差额", "Missing", right=True),
        Column("缴存", "Brought"), Column("照片", "Photos", right=True), Column("状态", "State"),
    ]  # fmt: skip
    rows = [_row(one, titles.get(one.collector_id, one.division_code)) for one in found.items]
    choices = (
        ("", "全部", "all"),
        *((str(one), title, title) for one, title in titles.items()),
    )
    table = Table(columns, rows, found.next_after)
    shown = choices if 1 < len(titles) <= _MOST_CHOICES else ()
    none = "没有解款记录。", "No deposit is on record."
    part = Part("解款记录", "Deposits", table, shown, chosen, *none)
    said = (
        "登记解款：在“手持现金”清单中选择收缴点。",
        "To record one, choose the collector in “Cash in hand”.",
    )
    return Shown("解款登记", "Deposits at the bank", *_CASH, [], [part], (), *said)


def _row(one: Deposit, title: str) -> list[Cell]:
    gone = one.state == "withdrawn"
    return [
        words(str(one.deposit_id), page=f"deposits/{one.deposit_id}"), words(title),
        words(str(one.coverage_year)), words(one.slip_no), money(one.amount_fen), number(one.receipts),
        money(one.missing_fen or None, warn=True), day(one.deposited_at), number(one.photos),
        words(*named(STATES, one.state), warn=gone),
    ]  # fmt: skip


def facts_of(one: Deposit, title: str) -> list[Fact]:
    """What is known of a deposit; above each of its forms, too."""
    entered = f"{one.entered_by} {minute(one.entered_at)}"
    facts = [
        Fact("状态", "State", *named(STATES, one.state)),
        Fact("收缴点", "Collector", title, title, f"receipts?collector={one.collector_id}"),
        Fact("参保年度", "Coverage year", f"{one.coverage_year} 年度", str(one.coverage_year)),
        Fact("存款单号", "Slip", one.slip_no, one.slip_no),
        Fact("存款金额", "Amount", *amount(one.amount_fen)),
        Fact("收据金额", "Of receipts", *amount(one.covered_fen)),
        Fact("缴存时间", "Brought at", minute(one.deposited_at), minute(one.deposited_at)),
        Fact("登记", "Entered", entered, entered),
    ]
    if one.bank_reference:
        facts.append(Fact("银行流水号", "Reference of the bank", one.bank_reference, one.bank_reference))
    if one.made_good_fen:
        facts.append(Fact("已补缴", "Made good", *amount(one.made_good_fen)))
    if one.missing_fen:
        zh, en = amount(abs(one.missing_fen))
        short = (f"少存 {zh}", f"short by {en}") if one.missing_fen > 0 else (f"多存 {zh}", f"more by {en}")
        facts.append(Fact("差额", "Difference", *short))
    if one.late_fen:
        facts.append(Fact("逾期缴存", "Came late", *amount(one.late_fen)))
    if (other := one.makes_good_id) is not None:
        facts.append(Fact("补缴", "Makes good", f"解款 {other}", f"deposit {other}", f"deposits/{other}"))
    return facts


def deposit_page(
    visitor: Visitor, one: Deposit, title: str, found: Receipts, photos: Photos, photo_no: int
) -> Shown:
    """One deposit with its receipts and photos; a photo is shown where it is asked for: it is recorded."""
    parts = [_receipts(found.items, found.next_after), _photos(visitor, one, photos)]
    page = f"deposits/{one.deposit_id}"
    acts = []
    if standing.may_be_photographed(visitor, one):
        acts.append(Act(f"{page}/photo", "添加照片", "Add a photo"))
    if may(visitor, "cash:write") and standing.is_short(one):
        acts.append(Act(f"{page}/make-good", "补缴差额", "Bring what is missing", second=True))
    if may(visitor, "cash:write") and standing.brings_more(one):
        acts.append(Act(f"{page}/receipts", "补列收据", "Add receipts to the slip", second=True))
    if standing.may_withdraw(visitor, one):
        acts.append(Act(f"{page}/withdraw", "撤销解款", "Take it back", second=True))
    heading = f"解款 {one.deposit_id}", f"Deposit {one.deposit_id}"
    known = next((each for each in photos.items if each.photo_no == photo_no), None)
    is_shown = known is not None and known.media_type != "application/pdf" and sees_photos(visitor)
    picture = f"{page}/photos/{photo_no}" if is_shown else ""
    return Shown(*heading, *_CASH, facts_of(one, title), parts, acts, picture=picture)


def _receipts(found: list[Receipt], after: str | None) -> Part:
    columns = [
        Column("收据", "Receipt"), Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        Column("收款时间", "Taken at"), Column("解款期限", "Due"), Column("票据号码", "Paper"),
        Column("批次", "Batch"),
    ]  # fmt: skip
    rows = []
    for one in found:
        batch = words("")
        if one.batch_id is not None:
            batch = words(str(one.batch_id), page=f"village-batches/{one.batch_id}")
        rows.append([
            words(str(one.receipt_id)), number(one.people), money(one.amount_fen - one.returned_fen),
            words(minute(one.paid_at)), day(one.due_on), words("、".join(one.voucher_nos)), batch,
        ])  # fmt: skip
    return Part("所列收据", "Receipts it brought", Table(columns, rows, after), (), "", "没有收据。", "None.")


def _photos(visitor: Visitor, deposit: Deposit, found: Photos) -> Part:
    columns = [
        Column("照片", "Photo"), Column("类型", "Type"), Column("大小", "Size", right=True),
        Column("上传", "Sent by"), Column("校验值", "Hash"), Column("查看", "Look at it"),
    ]  # fmt: skip
    page, opens = f"deposits/{deposit.deposit_id}", sees_photos(visitor)
    rows = []
    for one in found.items:
        pdf = one.media_type == "application/pdf"
        where = f"{page}/photos/{one.photo_no}" if pdf else f"{page}?photo={one.photo_no}"
        look = (
            words("下载" if pdf else "查看", "download" if pdf else "look", page=where) if opens else Cell()
        )
        rows.append([
            words(str(one.photo_no)), words(one.media_type.rpartition("/")[2].upper()),
            words(f"{one.size_bytes // 1024:,} KB"), words(f"{one.entered_by} {minute(one.entered_at)}"),
            words(one.sha256[:12]), look,
        ])  # fmt: skip
    lead = (
        ("查看照片会留下记录。", "To look at a photo is recorded.") if opens
        else ("照片由乡镇、税务和财政查看。", "Township, tax and finance see the photos.")
    )  # fmt: skip
    none = "没有照片。", "No photo is there."
    return Part("存款单照片", "Photos of the slip", Table(columns, rows, None, *lead), (), "", *none)
