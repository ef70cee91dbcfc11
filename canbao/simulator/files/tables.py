"""Writes tables as banks, treasuries and tax bureaus give them out, by the layouts that come with Canbao.

Written apart from what reads them, so that the two check each other.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import xlsxwriter

from canbao.simulator.files.books import Moved, yuan

Cells = Sequence[str]


def bank(rows: Iterable[Moved], day: datetime, opening_fen: int = 100_000) -> list[Cells]:
    """An account's statement with debit and credit in columns of their own, and a balance behind each row."""
    return list(bank_lines(rows, day, opening_fen))


def bank_lines(rows: Iterable[Moved], day: datetime, opening_fen: int = 100_000) -> Iterator[Cells]:
    """The same line by line, for statements of millions."""
    yield ["某银行账户交易明细"]
    yield ["账号：6222000000000000"]
    yield [f"起始日期：{day:%Y%m%d}", "至", f"{day:%Y%m%d}"]
    yield ["期初余额", _grouped(opening_fen)]
    yield ["交易日期", "交易时间", "借方发生额", "贷方发生额", "账户余额", "对方户名", "交易流水号", "摘要"]
    balance = opening_fen
    for one in rows:
        balance += -one.fen if one.return_no else one.fen
        out, come = (one.yuan, "") if one.return_no else ("", one.yuan)
        when = [f"{one.at:%Y%m%d}", f"{one.at:%H:%M:%S}"]
        yield [*when, out, come, yuan(balance), ", ".join(("林某某", "缴费")), one.no, one.order]
    yield ["期末余额", _grouped(balance)]


def _grouped(fen: int) -> str:
    whole, part = yuan(fen).split(".")
    return f"{int(whole):,}.{part}"


def treasury(rows: Sequence[Moved], day: datetime) -> list[Cells]:
    """What came into the treasury on a day."""
    lines: list[Cells] = [
        [f"入库日期：{day:%Y-%m-%d}"],
        ["序号", "入库日期", "税票号码", "缴款书号码", "入库金额"],
    ]
    for no, one in enumerate(rows, start=1):
        lines.append([str(no), f"{one.at:%Y-%m-%d}", one.no, one.order, one.yuan])
    total = yuan(sum(one.fen for one in rows))
    return [*lines, ["合计笔数", str(len(rows)), "", "合计金额", total]]


def tax(rows: Sequence[Moved], day: datetime, people: Sequence[tuple[str, str]] | None = None) -> list[Cells]:
    """What the tax bureau took and gave back on a day; with `people` for which number and year each was."""
    lines: list[list[str]] = [
        [f"对账日期：{day:%Y%m%d}"],
        ["电子税票号码", "征集通知流水号", "业务类型", "缴费时间", "实缴金额", "姓名", "状态", "退费凭证号"],
    ]
    for one in rows:
        kind = "退费" if one.return_no else "缴费"
        lines.append(
            [
                one.no,
                one.order,
                kind,
                f"{one.at:%Y-%m-%d %H:%M:%S}",
                one.yuan,
                "林某某",
                "成功",
                one.return_no,
            ]
        )
    if people is not None:
        lines[1] = [*lines[1], "证件号码", "参保年度"]
        for cells, said in zip(lines[2:], people, strict=True):
            cells += said
    for kind, back in (("缴费", False), ("退费", True)):
        some = [one.fen for one in rows if bool(one.return_no) == back]
        lines.append([f"{kind}合计", str(len(some)), "笔", yuan(sum(some)), "元"])
    return [*lines]


def slips(rows: Sequence[Moved], day: datetime) -> list[Cells]:
    """Cash that was paid in at a bank on a day, slip by slip."""
    lines: list[Cells] = [
        [f"缴款日期：{day:%Y-%m-%d}"],
        ["缴款单号", "缴款日期", "交易时间", "缴款金额", "银行流水号", "缴款人"],
    ]
    for one in rows:
        lines.append([one.order, f"{one.at:%Y-%m-%d}", f"{one.at:%H%M%S}", one.yuan, one.no, "某村"])
    return [*lines, ["合计", str(len(rows)), "笔", yuan(sum(one.fen for one in rows)), "元"]]


def as_csv(lines: Sequence[Cells], encoding: str = "utf-8-sig") -> bytes:
    """A table as text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode(encoding)


def as_workbook(lines: Sequence[Cells], numbers: Sequence[str] = ()) -> bytes:
    """A table as a workbook; columns of these titles are numbers of the sheet."""
    out, titles = io.BytesIO(), list[str]()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(lines):
            titles = titles or (list(cells) if len(cells) > 3 else [])
            for column, cell in enumerate(cells):
                if (
                    cell
                    and titles
                    and column < len(titles)
                    and titles[column] in numbers
                    and cell.replace(".", "").isdigit()
                ):
                    sheet.write_number(row, column, float(cell))
                elif cell:
                    sheet.write_string(row, column, cell)
    return out.getvalue()
