"""Puts together the form of a file about money, and the page with what became of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.console.apis.rules import Refused
from services.console.forms.rules import Choice, Fact, Fault, Sheet, faults_said
from services.console.money_files.rules import MoneyFile
from services.console.money_files.schemas import BatchResults, Taken
from services.console.pages.objects import Part, Shown
from services.console.pages.rules import amount
from services.console.persons.rules import Called
from services.console.receipts.schemas import Collector
from services.console.worklists.rules import LISTS, Column, Table, money, number, words
from services.console.worklists.schemas import Season

_LINE = re.compile(r"/lines/([0-9]{1,9})")


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
    facts = (Fact("参保年度", "Season", f"{season.place_zh} {year} 年度", f"{season.place}, {year}"),)
    return Sheet(kind.title_zh, kind.title, "上传", "Send", kind.fields, "", facts)


def faults_in(refused: Refused, kind: MoneyFile) -> list[Fault]:
    """What is wrong with a file, each fault with its line."""
    lines = [_LINE.search(one.pointer) for one in refused.errors]
    faults = faults_said(refused, kind.fields)
    if len(faults) != len(lines):
        return faults
    return [_at(fault, found[1]) if found else fault for fault, found in zip(faults, lines, strict=True)]


def _at(fault: Fault, line: str) -> Fault:
    if line in fault.says_zh:
        return fault
    return Fault(fault.field, f"第 {line} 行：{fault.says_zh}", f"Line {line}: {fault.says}")


def taken_page(kind: MoneyFile, taken: Taken, called: Called) -> Shown:
    """What became of a file."""
    parts = [] if taken.batches is None else [_batches(taken.batches)]
    if taken.arrivals:
        parts.append(_arrivals(taken, called))
    lead = "文件已登记。", "The file is taken in."
    listed = LISTS[kind.listed]
    return Shown(
        f"{kind.title_zh}：已登记", f"{kind.title}: taken in", kind.listed, listed.title_zh, listed.title,
        list(_facts(taken)), parts, (), *lead,
    )  # fmt: skip


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
    if taken.repeated:
        yield Fact("此前已登记", "Entered before", f"{taken.repeated:,} 笔，不重复计", f"{taken.repeated:,}")


def _batches(batches: Sequence[BatchResults]) -> Part:
    columns = [
        Column("批次", "Batch"), Column("成功", "Paid", right=True), Column("金额", "Amount", right=True),
        Column("失败", "Failed", right=True), Column("退汇", "Returned", right=True),
        Column("前后矛盾", "Contradictions", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(str(one.batch_id)), number(one.paid.count), money(one.paid.amount_fen),
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
