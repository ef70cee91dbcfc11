"""Plays a tax bureau or medical insurance that gets batches as files and answers row by row.

It knows the two layouts that come with Canbao from their files alone, shares no code with what writes them,
and keeps what it took: a number that is not its own, or a year that is closed, it refuses.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

_FIRST_LINE = re.compile(
    r"# batch_no=(\d+) county=(\d{6}) coverage_year=(\d{4}) kind=(\w+) count=(\d+) total_fen=(-?\d+)"
)
_ROW = re.compile(r"<row>(.*?)</row>", re.DOTALL)
_ELEMENT = re.compile(r"<(\w+)>([^<]*)</\1>")
#: Under which title a row bears its number, in this order: a refund names a payment and a levy, too.
_NUMBERS = ("status_no", "refund_no", "payment_no", "levy_no")
_UNKNOWN, _CLOSED = ("101", "人员编号不存在"), ("205", "该年度已关账")

_Row = Mapping[str, str]


class FileBroken(ValueError):
    """A file that is not whole: a real party would send it back."""


@dataclass(frozen=True, slots=True)
class Received:
    """A batch as its file says it."""

    batch_no: int
    coverage_year: int
    kind: str
    rows: tuple[_Row, ...]
    is_package: bool


@dataclass
class ExchangeParty:
    """One side of the exchange; `people` are the numbers of people it knows (None: all).

    `held` is what it took, by number. `batches` are the numbers of batches that it got, in their order.
    """

    people: Collection[str] | None = None
    closed_years: Collection[int] = ()
    held: dict[str, _Row] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)

    def answer(self, content: bytes, *, only: Collection[str] | None = None) -> bytes:
        """Take a batch, and give the answer in its layout; with `only` about some of its numbers.

        Raises FileBroken for a file whose count or total is not that of its rows.
        """
        batch = read(content)
        if batch.batch_no not in self.batches:
            self.batches.append(batch.batch_no)
        said = []
        for row in batch.rows:
            number = number_of(row)
            refused = self._refuses(batch, row)
            if refused is None:
                self.held[number] = row
            if only is None or number in only:
                said.append((number, refused))
        return _package(batch, said) if batch.is_package else _table(batch, said)

    def _refuses(self, batch: Received, row: _Row) -> tuple[str, str] | None:
        if batch.coverage_year in self.closed_years:
            return _CLOSED
        if self.people is not None and row["person_no"] not in self.people:
            return _UNKNOWN
        return None


def number_of(row: _Row) -> str:
    """The number by which a row is answered."""
    return next(row[title] for title in _NUMBERS if title in row)


def read(content: bytes) -> Received:
    """Read a batch of either layout. Raises FileBroken."""
    return _read_package(content) if content.lstrip().startswith(b"<") else _read_table(content)


def _read_table(content: bytes) -> Received:
    first, _, rest = content.decode("utf-8").partition("\r\n")
    told = _FIRST_LINE.fullmatch(first)
    if told is None:
        raise FileBroken("the first line does not say what it is")
    rows = tuple(csv.DictReader(io.StringIO(rest, newline="")))
    total = sum(int(row.get("amount_fen") or row.get("refunded_fen") or 0) for row in rows)
    _is_whole(rows, int(told[5]), total, int(told[6]))
    return Received(int(told[1]), int(told[3]), told[4], rows, is_package=False)


def _read_package(content: bytes) -> Received:
    text = content.decode("gbk")
    head_text, _, rows_text = text.partition("</head>")
    head = dict(_elements(head_text))
    rows = tuple(dict(_elements(row)) for row in _ROW.findall(rows_text))
    if not rows_text.rstrip().endswith("</package>"):
        raise FileBroken("the package has no end")
    fen = [row.get("amount") or row.get("refunded") or "0.00" for row in rows]
    total = sum(int(amount.replace(".", "")) for amount in fen)
    _is_whole(rows, int(head["count"]), total, int(head["total"].replace(".", "")))
    return Received(int(head["batch_no"]), int(head["year"]), head["kind"], rows, is_package=True)


def _is_whole(rows: Collection[_Row], count: int, total: int, declared: int) -> None:
    if len(rows) != count or total != declared:
        raise FileBroken(f"{len(rows)} rows of {total} fen, {count} of {declared} are declared")


def _elements(text: str) -> Iterator[tuple[str, str]]:
    for name, value in _ELEMENT.findall(text):
        yield name, unescape(value)


def _table(batch: Received, said: Collection[tuple[str, tuple[str, str] | None]]) -> bytes:
    out = io.StringIO(newline="")
    out.write(f"# batch_no={batch.batch_no} count={len(said)}\r\n")
    writer = csv.writer(out)
    writer.writerow(["number", "outcome", "code", "words"])
    for number, refused in said:
        writer.writerow([number, "refused" if refused else "accepted", *(refused or ("", ""))])
    return out.getvalue().encode()


def _package(batch: Received, said: Collection[tuple[str, tuple[str, str] | None]]) -> bytes:
    rows = "".join(
        f"<row><number>{number}</number><result>{refused[0] if refused else '000'}</result>"
        f"<message>{refused[1] if refused else '成功'}</message></row>\n"
        for number, refused in said
    )
    head = f"<head><batch_no>{batch.batch_no}</batch_no><count>{len(said)}</count></head>"
    text = f'<?xml version="1.0" encoding="GBK"?>\n<package>{head}\n<rows>\n{rows}</rows></package>\n'
    return text.encode("gbk")
