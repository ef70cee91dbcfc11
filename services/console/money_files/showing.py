"""Puts together the form of a file about money, and the page with what became of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.console.apis.rules import Refused
from services.console.cards.naming import WARNINGS, said_of
from services.console.forms.rules import Choice, Fact, Fault, Sheet, faults_said
from services.console.money_files.rules import MoneyFile
from services.console.money_files.schemas import BatchResults, Taken
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount
from services.console.persons.rules import Called
from services.console.receipts.schemas import Collector
from services.console.worklists.naming import named
from services.console.worklists.rules import LISTS, Column, Table, first_of, money, number, words
from services.console.worklists.schemas import Season

#: So many lines with something odd are shown.
_SHOWN = 100
_LINE = re.compile(r"/lines/([0-9]{1,9})")
#: Where the pages of the batches are that a list has.
_PAGES = {"debits": "debit-batches", "payout_batches": "payout-batches"}


def choosing(kind: MoneyFile, collectors: Sequence[Collector], season: Season) -> MoneyFile:
    """The same kind with the collectors of the season's county to choose from."""
    known = tuple(_choice(one) for one in collectors if one.county == season.county)
    fields = (replace(one, choices=known) if one.name == "collector_id" else one for one in kind.fields)
    return replace(kind, fields=tuple(fields))


def _choice(one: Collector) -> Choice:
    place = one.division_code
    return Choice(str(one.collector_id), f"{one.title}（{place}）", f"{one.title} ({place})")


def sheet_of(kind: MoneyFile, season: Season) -> Sheet:
    """The form that sends a file."""
    year = season.coverage_year
    of_season = Fact("参保年度", "Season", f"{season.place_zh} {year} 年度", f"{season.place}, {year}")
    facts = (of_season,) if kind.says else ()
    return Sheet(kind.title_zh, kind.title, "上传", "Send", kind.fields, "", facts)


def faults_in(refused: Refused, kind: MoneyFile) -> list[Fault]:
    """What is wrong with a file, each fault with its line."""
    lines = [_LINE.search(one.pointer) for one in refused.errors]
    faults = faults_said(refused, kind.fields)
    if len(faults) != len(lines):
        return faults
    return [_at(fault, found[1]) if found else fault for fault, found in zip(faults, lines, strict=True)]


def _at(fault: Fault, line: str) -> Fault:
    if f"第 {line} 行" in fault.says_zh:
        return fault
    return Fault(fault.field, f"第 {line} 行：{fault.says_zh}", f"Line {line}: {fault.says}")


def taken_page(kind: MoneyFile, taken: Taken, way: str, called: Called) -> Shown:
    """What became of a file, or would become of it; `way` leads to its form."""
    parts = [] if taken.batches is None else [_batches(taken.batches, _PAGES.get(kind.listed, ""))]
    if taken.arrivals:
        parts.append(_arrivals(taken, called))
    if taken.rejected:
        parts.append(_rejected(taken))
    if taken.warnings:
        parts.append(_warned(taken))
    ends = ("已登记", "taken in"), ("文件已登记。", "The file is taken in.")
    if taken.dry_run:
        ends = ("试算结果", "what would happen"), ("试算，未登记。", "A dry run: nothing is kept.")
    (what_zh, what), lead = ends
    listed = LISTS[kind.listed]
    return Shown(
        f"{kind.title_zh}：{what_zh}", f"{kind.title}: {what}", kind.listed, listed.title_zh, listed.title,
        list(_facts(taken)), parts, _acts(taken, way), *lead,
    )  # fmt: skip


def _acts(taken: Taken, way: str) -> list[Act]:
    """Where to go from here: on from a dry run, or back to mend what was not taken."""
    faulty = bool(taken.rejected)
    mend = Act(way, "更正后重新上传", "Mend it and send it again", second=not faulty)
    if not taken.dry_run:
        return [mend] if faulty else []
    good = Act(f"{way}&tried=yes", "正式登记", "Send it for good", second=faulty)
    return [good, mend] if taken.accepted else [mend]


def _facts(taken: Taken) -> Iterator[Fact]:
    if taken.receipt_ids is not None:
        count = f"{len(taken.receipt_ids):,}"
        yield Fact("收据", "Receipts", f"{count} 张", count, "receipts")
    if taken.batch_id is not None:
        name = f"第 {taken.batch_id} 号", f"No. {taken.batch_id}"
        yield Fact("批次", "Batch", *name, f"village-batches/{taken.batch_id}")
    if taken.people is not None:
        yield Fact("人数", "People", f"{taken.people:,} 人", f"{taken.people:,}")
    if taken.file_id is not None:
        name = (
            f"第 {taken.file_id} 号，读取后列出差异",
            f"No. {taken.file_id}; differences follow once it is read",
        )
        yield Fact("文件", "File", *name, "work/files")
    if taken.amount_fen is not None:
        yield Fact("金额", "Amount", *amount(taken.amount_fen))
    if taken.arrivals is not None:
        count = f"{len(taken.arrivals):,}"
        yield Fact("新登记", "New", f"{count} 笔", count)
    if taken.accepted is not None:
        yield from _of_cards(taken)
    if taken.repeated:
        yield Fact("此前已登记", "Entered before", f"{taken.repeated:,} 笔，不重复计", f"{taken.repeated:,}")


def _of_cards(taken: Taken) -> Iterator[Fact]:
    counted = (
        ("无误", "Good", taken.accepted, "行"),
        ("其中与已登记相同", "Of them on record already", taken.unchanged, "行"),
        ("尚无核定，核定后生效", "Kept until the person is assessed", taken.waiting_for_person, "行"),
        ("转为待发放的款项", "Payouts that become ready", taken.payouts_ready, "笔"),
        ("未登记", "Not taken", len(taken.rejected), "行"),
    )
    for name_zh, name, count, of in counted:
        yield Fact(name_zh, name, f"{count or 0:,} {of}", f"{count or 0:,}")


def _rejected(taken: Taken) -> Part:
    columns = [Column("行号", "Line", right=True), Column("问题和更正办法", "What is wrong, and the mend")]
    rows = [[number(one.index), words(*said_of(one.problem), warn=True)] for one in taken.rejected[:_SHOWN]]
    table = Table(columns, rows, None, *first_of(_SHOWN, len(taken.rejected)))
    return Part("未登记的行", "Lines that are not taken", table)


def _warned(taken: Taken) -> Part:
    columns = [Column("行号", "Line", right=True), Column("请核对", "Look again")]
    rows = [[number(one.index), words(*named(WARNINGS, one.warning))] for one in taken.warnings[:_SHOWN]]
    table = Table(columns, rows, None, *first_of(_SHOWN, len(taken.warnings)))
    return Part("须核对的行", "Lines to look at again", table)


def _batches(batches: Sequence[BatchResults], page: str) -> Part:
    columns = [
        Column("批次", "Batch"), Column("成功", "Paid", right=True), Column("金额", "Amount", right=True),
        Column("失败", "Failed", right=True), Column("退汇", "Returned", right=True),
        Column("前后矛盾", "Contradictions", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(str(one.batch_id), page=page and f"{page}/{one.batch_id}"),
            number(one.paid.count), money(one.paid.amount_fen),
            number(one.failed.count, warn=True), number(one.returned.count, warn=True),
            number(one.contradictions, warn=True),
        ]
        for one in batches
    ]  # fmt: skip
    return Part("各批次结果", "Batch by batch", Table(columns, rows))


def _arrivals(taken: Taken, called: Called) -> Part:
    columns = [Column("凭证号", "Reference"), Column("资助方", "Payer"), Column("金额", "Amount", right=True)]
    rows = [
        [words(one.reference), words(*called.payer(one.payer)), money(one.amount_fen)]
        for one in taken.arrivals or ()
    ]
    return Part("新登记", "New", Table(columns, rows))
