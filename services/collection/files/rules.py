"""Files of channels in one form: what a row is, what can be wrong with a line, how amounts are read."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from libs.common.clock import SHANGHAI
from libs.common.security.masking import mask_identities

FileKind = Literal[
    "wechat_all",
    "wechat_success",
    "wechat_refund",
    "wechat_fund_flow",
    "alipay_trade",
    "unionpay_zm",
    "unionpay_zme",
    "bank_camt053",
    "bank_mt940",
    "bank_table",
    "treasury_table",
    "tax_table",
    "deposit_table",
]
#: queued: kept, not read yet; current: what counts; replaced: a corrected file came; refused: it has faults.
FileState = Literal["queued", "current", "replaced", "refused"]
#: A payment and money given back, or money that moved on an account.
Entry = Literal["payment", "refund", "money_in", "money_out"]
#: done: the money moved; pending: it will; failed: it never did.
RowState = Literal["done", "pending", "failed"]

FaultKind = Literal[
    "unreadable",
    "line_too_long",
    "encoding",
    "columns",
    "column_twice",
    "cells",
    "amount",
    "instant",
    "other_day",
    "word",
    "number",
    "year",
    "other_account",
    "sum_of_row",
    "heading_missing",
    "totals_missing",
    "total",
    "behind_totals",
    "profile_gone",
    "not_read",
]
#: What is wrong, in English and Chinese; `{}` is a column, a number of cells or a pair of sums.
FAULTS: Mapping[FaultKind, tuple[str, str]] = {
    "unreadable": (
        "The file is not what it is sent as: {}. Send it as the channel gave it, unpacked or packed.",
        "文件与所选类型不符：{}。请按渠道提供的原文件（压缩或解压均可）上传。",
    ),
    "line_too_long": ("The line is longer than any of such a file.", "该行过长，不是此类文件的内容。"),
    "encoding": ("The line is not {}: send the file as it came.", "该行不是 {} 编码，请上传原文件。"),
    "columns": ("The columns {} are missing.", "缺少列：{}。"),
    "column_twice": ("The column {} stands twice.", "列 {} 重复。"),
    "cells": (
        "The line has another number of cells than {}: send the file as it came; text with a separator in "
        "it has to stand in quotes.",
        "该行列数不是 {}：请上传原文件；文字中含分隔符的须加英文双引号。",
    ),
    "amount": ("{} is no amount in whole fen.", "{} 不是以分为最小单位的金额。"),
    "instant": ("{} is no day with a time.", "{} 不是日期时间。"),
    "other_day": ("{} is of another day than the file.", "{} 不属于该文件的日期。"),
    "word": ("{} says a word that such files do not know.", "{} 的取值不是此类文件的取值。"),
    "number": ("{} has to be a number of 1 to 64 visible characters.", "{} 应为 1 至 64 个可见字符。"),
    "year": ("{} is no coverage year, such as 2020.", "{} 不是参保年度（如 2020）。"),
    "other_account": ("{} is not our account at this channel.", "{} 不是本渠道的我方账户。"),
    "sum_of_row": ("{} does not follow from amount and fee.", "{} 与金额、手续费不符。"),
    "heading_missing": ("The heading {} is missing.", "缺少表头：{}。"),
    "totals_missing": (
        "The file ends before its totals ({}): it was cut off. Fetch it again.",
        "文件在合计（{}）之前中断，请重新下载。",
    ),
    "total": ("{} is not the sum of the rows.", "{} 与明细合计不符。"),
    "behind_totals": (
        "The line stands behind the totals: send one file for each day.",
        "该行位于合计之后，请每天上传一个文件。",
    ),
    "profile_gone": (
        "There is no profile {} any more; send the file again with another one.",
        "格式 {} 已不存在，请选择其他格式重新上传。",
    ),
    "not_read": (
        "Reading stopped here, for a defect of ours: tell the operators.",
        "读取在此中断，请联系运维。",
    ),
}

#: What a file may have wrong and be told of line by line.
MOST_FAULTS = 1_000
LONGEST_LINE = 16 * 1024
_LONGEST_ABOUT = 500
#: More than any county has in a day, and what keeps a packed file from growing without end.
MOST_ROWS = 5_000_000
#: A packed file is read on no further: real ones are shorter.
MOST_BYTES = 4 * 2**30

#: Yuan with five decimals at most, as fees have them: one unit is a thousandth of a fen.
UNITS_OF_FEN = 1_000
_YUAN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,5}))?", re.ASCII)
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
NUMBER = re.compile(r"[!-~]{1,64}")
#: What may stand before the first line of a text in UTF-8.
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: So many times of a day there are, of which rows have one each.
SECONDS_OF_A_DAY = 86_400
_YEAR = re.compile(r"(20\d\d)(?:年|年度)?", re.ASCII)
#: What banks write where there is no reference.
_NO_REFERENCE = ("", "NONREF", "NOTPROVIDED")


@dataclass(slots=True)
class Row:
    """One row of a file in the form that all have. `file_id` is filled when it is kept.

    `amount_fen` is never negative, `fee_fen` is what the channel took (negative: gave back). `entry_no` is
    the number of the booking where a file books money. Of whom it is for only a digest is known, if any.
    """

    line: int
    entry: Entry
    state: RowState
    transaction_no: str
    return_no: str | None
    entry_no: str | None
    order_no: str | None
    amount_fen: int
    fee_fen: int
    happened_at: datetime
    file_id: int = 0
    identity_digest: str | None = None
    coverage_year: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line; line 0 is the file."""

    line: int
    kind: FaultKind
    about: str = ""

    @property
    def detail(self) -> str:
        """In English."""
        return FAULTS[self.kind][0].format(self.about)

    @property
    def detail_zh(self) -> str:
        """In Chinese."""
        return FAULTS[self.kind][1].format(self.about)


class Faulty(Exception):
    """A line that cannot be read, and why."""

    def __init__(self, kind: FaultKind, about: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        # It may be a title out of the file, and what a file says may be anything.
        self.about = "".join(filter(str.isprintable, about))[:_LONGEST_ABOUT]


@dataclass(frozen=True, slots=True)
class Expected:
    """Of which day a file has to be, and of which account where that is known; `digest` makes the digest of
    a number that names somebody, None of one that no document can have.
    """

    day: date
    account: str | None = None
    digest: Callable[[str], str | None] = lambda _: None


#: Statements of an account of the notice; all others are files of a channel.
OF_ACCOUNTS: Collection[FileKind] = (
    "bank_camt053",
    "bank_mt940",
    "bank_table",
    "treasury_table",
    "deposit_table",
)
#: Tables whose layout a profile says.
BY_PROFILE: Collection[FileKind] = ("bank_table", "treasury_table", "tax_table", "deposit_table")

#: What a reader makes of the lines of a file: rows, and what is wrong.
Reader = Callable[[Iterable[tuple[int, bytes]], Expected], Iterator[Row | Fault]]


def units_of(cells: Mapping[str, str], title: str) -> int:
    """An amount in yuan, in thousandths of a fen. Raises Faulty."""
    units = _units(cells[title])
    if units is None:
        raise Faulty("amount", title)
    return units


@lru_cache(4096)
def _units(text: str) -> int | None:
    """Most rows of a county have one of a few amounts."""
    found = _YUAN.fullmatch(text)
    if found is None:
        return None
    sign, whole, part = found.groups()
    units = int(whole) * 100 * UNITS_OF_FEN + int((part or "").ljust(5, "0"))
    return -units if sign else units


def fen_of(cells: Mapping[str, str], title: str) -> int:
    """An amount in whole fen. Raises Faulty."""
    fen, rest = divmod(units_of(cells, title), UNITS_OF_FEN)
    if rest:
        raise Faulty("amount", title)
    return fen


def amount_of(cells: Mapping[str, str], title: str) -> int:
    """The same of money whose way another column says: never negative. Raises Faulty."""
    fen = fen_of(cells, title)
    if fen < 0:
        raise Faulty("amount", title)
    return fen


def rounded_fen(units: int) -> int:
    """A fee in fen: halves go away from zero, as the channel settles them."""
    fen = (abs(units) + UNITS_OF_FEN // 2) // UNITS_OF_FEN
    return fen if units >= 0 else -fen


def instant_of(cells: Mapping[str, str], title: str) -> datetime:
    """A time in China. Raises Faulty."""
    instant = _instant(cells[title])
    if instant is None:
        raise Faulty("instant", title)
    return instant


@lru_cache(SECONDS_OF_A_DAY)
def _instant(text: str) -> datetime | None:
    """Rows of a day have one of its seconds."""
    found = _INSTANT.fullmatch(text.replace("：", ":"))
    try:
        year, month, day, hour, minute, second = map(int, found.groups() if found else ())
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
    except ValueError:
        return None


def on_the_day(cells: Mapping[str, str], title: str, expected: Expected) -> datetime:
    """The same, on the day of the file. Raises Faulty."""
    instant = instant_of(cells, title)
    if instant.date() != expected.day:
        raise Faulty("other_day", title)
    return instant


def number_of(cells: Mapping[str, str], title: str) -> str:
    """A number of a channel or of ours. Raises Faulty."""
    text = cells[title]
    if not NUMBER.fullmatch(text):
        raise Faulty("number", title)
    return text


def optional_number(cells: Mapping[str, str], title: str) -> str | None:
    """The same where it may be missing, which some files write as 0. Raises Faulty."""
    return None if cells.get(title, "") in ("", "0", "-") else number_of(cells, title)


def year_of(cells: Mapping[str, str], title: str) -> int | None:
    """The coverage year that a row is for, where it says so. Raises Faulty."""
    text = cells[title]
    if text in ("", "-"):
        return None
    if (found := _YEAR.fullmatch(text)) is None:
        raise Faulty("year", title)
    return int(found[1])


def reference_of(text: str | None) -> str | None:
    """A reference on a bank's statement; a number of a person among them is masked, and a phrase is none."""
    bare = (text or "").strip()
    return mask_identities(bare) if bare not in _NO_REFERENCE and NUMBER.fullmatch(bare) else None
