"""Statements of banks as SWIFT MT940: one field a line, balances before and behind the bookings."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from libs.common.clock import SHANGHAI
from services.collection.files.rules import Expected, Fault, Faulty, Row, fen_of, reference_of

_FIELD = re.compile(r":(\d\d[A-Z]?):(.*)")
#: Mark, day, currency, amount.
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]{1,15})")
#: Value day, day of booking, mark, amount, kind, our reference, the bank's.
_BOOKING = re.compile(
    r"(\d{6})(\d{4})?(R?[CD])[A-Z]?([\d,]{1,15})[A-Z][A-Z0-9]{3}(.{0,16}?)(?://(.{0,16}))?\s*", re.ASCII
)
#: Of these marks money came in: a credit, and the reversal of a debit.
_IN = ("C", "RD")


@dataclass(slots=True)
class _Statement:
    """The statement that is being read."""

    number: str = ""
    opening_fen: int | None = None
    moved_fen: int = 0
    bookings: int = 0
    all_read: bool = True
    closed: bool = field(default=False)


def read_statement(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read the bookings of a day. What stands in free texts names people, and is not taken over."""
    statement, no = _Statement(), 0
    for no, raw in lines:
        found = _FIELD.match(raw.decode("gb18030", "replace").strip())
        if found is None:
            continue
        tag, said = found[1], found[2].strip()
        try:
            if tag == "28C":
                statement.number = said.replace(" ", "")
            elif tag in ("60F", "60M"):
                statement = _Statement(statement.number, _balance(said, tag, expected))
            elif tag == "61":
                yield _booking(no, said, statement, expected)
            elif tag in ("62F", "62M"):
                statement.closed = True
                _check(statement, _balance(said, tag, expected))
        except Faulty as why:
            statement.all_read = statement.all_read and why.kind == "total"
            yield Fault(no, why.kind, why.about)
    if not statement.closed:
        yield Fault(no, "totals_missing", ":62F:")


def _balance(said: str, tag: str, expected: Expected) -> int:
    found = _BALANCE.fullmatch(said)
    if found is None or found[3] != "CNY":
        raise Faulty("amount", f":{tag}:")
    if tag == "62F" and _day(found[2]) != expected.day:
        raise Faulty("other_day", ":62F:")
    fen = _fen(found[4], f":{tag}:")
    return fen if found[1] == "C" else -fen


def _booking(no: int, said: str, statement: _Statement, expected: Expected) -> Row:
    found = _BOOKING.fullmatch(said)
    if found is None:
        raise Faulty("unreadable", ":61:")
    day = _day(found[1])
    if day is None:
        raise Faulty("instant", ":61:")
    if found[2] and found[2] != f"{expected.day:%m%d}":
        raise Faulty("other_day", ":61:")
    fen, came = _fen(found[4], ":61:"), found[3] in _IN
    statement.bookings += 1
    statement.moved_fen += fen if came else -fen
    entry_no = f"{statement.number or 'S'}-{statement.bookings}"
    ours, theirs = (reference_of(text) for text in (found[5], found[6]))
    return Row(
        line=no,
        entry="money_in" if came else "money_out",
        state="done",
        transaction_no=theirs or ours or entry_no,
        return_no=None,
        entry_no=entry_no,
        order_no=ours,
        amount_fen=fen,
        fee_fen=0,
        happened_at=datetime.combine(expected.day if found[2] else day, time(), SHANGHAI),
    )


def _check(statement: _Statement, closing_fen: int) -> None:
    if statement.opening_fen is None:
        raise Faulty("totals_missing", ":60F:")
    if statement.all_read and statement.opening_fen + statement.moved_fen != closing_fen:
        raise Faulty("total", ":62F:")


def _fen(text: str, title: str) -> int:
    """An amount with a comma before its decimals, which may be none. Raises Faulty."""
    return fen_of({title: text.rstrip(",").replace(",", ".")}, title)


def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
