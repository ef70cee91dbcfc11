"""Statements of banks as SWIFT MT940: one field a line, balances before and behind the bookings."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    closing_fen: int | None = None
    moved_fen: int = 0
    bookings: int = 0
    all_read: bool = True
    #: By its last balance: what ends with one in between goes on, on another page.
    closed: bool = False


def read_statement(lines: Iterable[tuple[int, bytes]], expected: Expected) -> Iterator[Row | Fault]:
    """Read the bookings of a day. What stands in free texts names people, and is not taken over."""
    statement, account, no = _Statement(), "", 0
    for no, raw in lines:
        found = _FIELD.match(raw.decode("gb18030", "replace").strip())
        if found is None:
            continue
        tag, said = found[1], found[2].strip()
        try:
            if tag == "25":
                account = account or said
                if said != account:
                    raise Faulty("other_account", ":25:")
            elif tag == "28C":
                statement.number = said.replace(" ", "")
            elif tag in ("60F", "60M"):
                before, opening_fen = statement.closing_fen, _balance(said, tag, expected)
                statement = _Statement(statement.number, opening_fen)
                if before not in (None, opening_fen):
                    raise Faulty("total", f":{tag}:")
            elif tag == "61":
                if statement.opening_fen is None or statement.closing_fen is not None:
                    raise Faulty("behind_totals")
                yield _booking(no, said, statement, expected)
            elif tag in ("62F", "62M"):
                statement.closed = tag == "62F"
                _check(statement, _balance(said, tag, expected), tag)
        except Faulty as why:
            statement.all_read = statement.all_read and why.kind == "total"
            yield Fault(no, why.kind, why.about)
    if not statement.closed:
        yield Fault(no, "totals_missing", ":62F:")


def _balance(said: str, tag: str, expected: Expected) -> int:
    found = _BALANCE.fullmatch(said)
    if found is None or found[3] != "CNY":
        raise Faulty("amount", f":{tag}:")
    if tag in ("62F", "62M") and _day(found[2]) != expected.day:
        raise Faulty("other_day", f":{tag}:")
    fen = _fen(found[4], f":{tag}:")
    return fen if found[1] == "C" else -fen


def _booking(no: int, said: str, statement: _Statement, expected: Expected) -> Row:
    found = _BOOKING.fullmatch(said)
    if found is None:
        raise Faulty("unreadable", ":61:")
    day = _day(found[1])
    if day is None:
        raise Faulty("instant", ":61:")
    # Where the day of the booking is left out it is that of its value.
    if found[2] != f"{expected.day:%m%d}" if found[2] else day != expected.day:
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
        happened_at=datetime.combine(expected.day, time(), SHANGHAI),
    )


def _check(statement: _Statement, closing_fen: int, tag: str) -> None:
    opening_fen, statement.closing_fen = statement.opening_fen, closing_fen
    if opening_fen is None:
        raise Faulty("totals_missing", ":60F:")
    if statement.all_read and opening_fen + statement.moved_fen != closing_fen:
        raise Faulty("total", f":{tag}:")


def _fen(text: str, title: str) -> int:
    """An amount with a comma before its decimals, which may be none. Raises Faulty."""
    return fen_of({title: text.rstrip(",").replace(",", ".")}, title)


def _day(text: str) -> date | None:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
