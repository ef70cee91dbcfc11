"""Reads a table of a bank, a treasury or a tax bureau by its profile, CSV and workbook alike.

Lines before and behind the table say of which day and account it is and what it adds up to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.collection.files.columns import Columns, check_titles, titles_of
from services.collection.files.instants import day_with_time, first_of
from services.collection.files.profiles import BESIDE, OPTIONAL, Column, Profile
from services.collection.files.rules import (
    Entry,
    Expected,
    Fault,
    Faulty,
    Row,
    RowState,
    amount_of,
    fen_of,
    number_of,
    optional_number,
    reference_of,
    rounded_fen,
    units_of,
    year_of,
)

_IN: tuple[Entry, ...] = ("payment", "money_in")
_BOOKINGS: tuple[Entry, ...] = ("money_in", "money_out")
#: Lines before the table of which a file may have so many.
_LONGEST_HEAD = 50


@dataclass(slots=True)
class _Table:
    """What was read of a table so far; sums are of what moved."""

    titles: list[str] = field(default_factory=list)
    picked: Columns = field(default_factory=lambda: Columns((), ()))
    columns: dict[Column, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    rows: int = 0
    counts: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    sums: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    behind: bool = False


def read_table(
    lines: Iterable[tuple[int, list[str]]], profile: Profile, expected: Expected
) -> Iterator[Row | Fault]:
    """Read the rows of a table, given as cells line by line."""
    table, no, all_read = _Table(), 0, True
    for no, raw in lines:
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            continue
        try:
            if _is_told(table, cells, profile):
                continue
            if not table.titles:
                _find_titles(table, cells, profile, no)
            elif table.behind:
                raise Faulty("behind_totals")
            else:
                yield _row(no, cells, table, profile, expected)
        except Faulty as why:
            all_read = False
            yield Fault(no, why.kind, why.about)
            if not table.titles:
                return
    if not table.titles:
        yield Fault(no, "columns", "、".join(titles[0] for titles in profile.columns.values()))
        return
    yield from _ends(no, table, profile, expected, all_read=all_read)


def _is_told(table: _Table, cells: list[str], profile: Profile) -> bool:
    """Take a line beside the table over. Raises Faulty for one that says something else than before."""
    line = "|".join(cells).strip("|")
    for place, pattern in enumerate(profile.told):
        if (found := pattern.fullmatch(line)) is None:
            continue
        said = {name: text for name, text in found.groupdict().items() if text is not None}
        for name, text in said.items():
            if table.told.setdefault(name, text) != text:
                raise Faulty("behind_totals")
        table.seen.add(place)
        table.behind = table.behind or (bool(table.titles) and not {"account", "day"} & said.keys())
        return True
    return False


def _find_titles(table: _Table, cells: list[str], profile: Profile, no: int) -> None:
    """Take the line of titles over; those before it are words. Raises Faulty where there is none."""
    titles = titles_of(cells)
    columns = {
        column: title
        for column, names in profile.columns.items()
        if (title := next((name for name in names if name in titles), None)) is not None
    }
    telling = [one for one in profile.columns if one not in BESIDE]
    if len(columns) < (len(telling) + 1) // 2:
        if no > _LONGEST_HEAD:
            raise Faulty("columns", "、".join(names[0] for names in profile.columns.values()))
        return
    missing = [one for one in profile.columns if one not in columns and one not in OPTIONAL]
    check_titles(titles, [*columns.values(), *(profile.columns[one][0] for one in missing)])
    table.titles, table.columns = titles, columns
    table.picked = Columns(titles, set(columns.values()))


def _row(no: int, cells: list[str], table: _Table, profile: Profile, expected: Expected) -> Row:
    said = _said(cells, table)
    entry, fen = _moved(said, table, profile)
    state = _state(said, table, profile)
    table.rows += 1
    came = entry in _IN
    table.counts[came] += 1
    if state == "done":
        table.sums[came] += fen
        _follow_balance(said, table, profile, fen if came else -fen)
    place = f"S-{table.rows}"
    number = _reference(said, table, "transaction_no") or _reference(said, table, "order_no") or place
    if profile.kind in ("tax_table", "deposit_table"):
        number = number_of(said, table.columns["transaction_no"])
    fee, person, year = (table.columns.get(name) for name in ("fee", "id_number", "coverage_year"))
    return Row(
        line=no,
        entry=entry,
        state=state,
        transaction_no=number,
        return_no=optional_number(said, table.columns["return_no"]) if "return_no" in table.columns else None,
        entry_no=_reference(said, table, "entry_no") or (place if entry in _BOOKINGS else None),
        order_no=_reference(said, table, "order_no"),
        amount_fen=fen,
        fee_fen=rounded_fen(units_of(_yuan(said, fee, profile), fee)) if fee and said[fee] else 0,
        happened_at=_instant(said, table, profile, expected),
        identity_digest=expected.digest(said[person]) if person else None,
        coverage_year=year_of(said, year) if year else None,
    )


def _said(cells: list[str], table: _Table) -> dict[str, str]:
    """The cells by their titles; empty ones at the end may be missing or be too many."""
    width = len(table.titles)
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    if 1 < len(cells) < width:
        cells = cells + [""] * (width - len(cells))
    return table.picked.of(cells)


def _reference(said: Mapping[str, str], table: _Table, column: Column) -> str | None:
    title = table.columns.get(column)
    return reference_of(said[title]) if title else None


def _yuan(said: Mapping[str, str], title: str, profile: Profile) -> dict[str, str]:
    """An amount as it is read: without separators of thousands, in yuan."""
    text = said[title].replace(",", "").removeprefix("¥").removeprefix("+")
    if profile.unit == "fen":
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        text = f"{sign}{digits[:-2] or 0}.{digits[-2:]:0>2}" if digits.isdigit() else "?"
    return {title: text}


def _moved(said: Mapping[str, str], table: _Table, profile: Profile) -> tuple[Entry, int]:
    """Which way money went, and how much. Raises Faulty."""
    if "amount" in table.columns:
        title = table.columns["amount"]
        fen = amount_of(_yuan(said, title, profile), title)
        if profile.entry is not None:
            return profile.entry, fen
        word = said[table.columns["direction"]]
        if word not in profile.entries:
            raise Faulty("word", table.columns["direction"])
        return profile.entries[word], fen
    came, went = table.columns["in"], table.columns["out"]
    amounts = [
        amount_of(_yuan(said, title, profile), title) if said[title] not in ("", "-") else 0
        for title in (came, went)
    ]
    if all(amounts) or not any(amounts):
        raise Faulty("amount", f"{came}、{went}")
    return ("money_in", amounts[0]) if amounts[0] else ("money_out", amounts[1])


def _state(said: Mapping[str, str], table: _Table, profile: Profile) -> RowState:
    title = table.columns.get("state")
    if title is None:
        return "done"
    if said[title] not in profile.states:
        raise Faulty("word", title)
    return profile.states[said[title]]


def _follow_balance(said: Mapping[str, str], table: _Table, profile: Profile, moved_fen: int) -> None:
    """Hold the balance behind a row against that of the row before it. Raises Faulty."""
    title = table.columns.get("balance")
    if title is None:
        return
    balance = fen_of(_yuan(said, title, profile), title)
    before, table.last = table.last, (balance, moved_fen)
    table.first = table.first or table.last
    if before is None:
        return
    older, newer = (table.last, before) if profile.newest_first else (before, table.last)
    if older[0] + newer[1] != newer[0]:
        raise Faulty("sum_of_row", title)


def _instant(said: Mapping[str, str], table: _Table, profile: Profile, expected: Expected) -> datetime:
    """When it moved, on the day of the file. Raises Faulty."""
    columns = table.columns
    if (title := columns.get("instant")) is not None:
        instant = first_of(said[title], profile.instants)
    else:
        title, clock = columns["day"], columns.get("time")
        instant = day_with_time(said[title], said[clock] if clock else "", profile.days, profile.times)
    if instant is None:
        raise Faulty("instant", title)
    if instant.date() != expected.day:
        raise Faulty("other_day", title)
    return instant


def _ends(no: int, table: _Table, profile: Profile, expected: Expected, *, all_read: bool) -> Iterator[Fault]:
    """Hold what the file says of itself against its rows."""
    for place, pattern in enumerate(profile.told):
        if place not in table.seen:
            names = "、".join(sorted(pattern.groupindex))
            beside = {"account", "day"} & pattern.groupindex.keys()
            yield Fault(no, "heading_missing" if beside else "totals_missing", names)
    told = table.told
    for name in ("day", "last_day"):
        if name in told and told[name].replace("-", "") != f"{expected.day:%Y%m%d}":
            yield Fault(0, "other_day", name)
    if expected.account is not None and told.get("account", expected.account) != expected.account:
        yield Fault(0, "other_account", "account")
    try:
        wrong = list(_wrong_totals(table, profile)) if all_read else []
    except Faulty as why:
        yield Fault(no, why.kind, why.about)
    else:
        yield from (Fault(no, "total", name) for name in wrong)


def _wrong_totals(table: _Table, profile: Profile) -> Iterator[str]:
    """Which of the told totals the rows do not make. Raises Faulty for one that is no amount."""
    told = table.told
    for name, count in (
        ("count", table.rows),
        ("in_count", table.counts[True]),
        ("out_count", table.counts[False]),
    ):
        if name in told and int(told[name]) != count:
            yield name
    fen = {
        name: fen_of(_yuan(told, name, profile), name)
        for name in ("in", "out", "opening", "closing")
        if name in told
    }
    for name, came in (("in", True), ("out", False)):
        if name in fen and abs(fen[name]) != table.sums[came]:
            yield name
    if table.first and table.last:
        oldest, newest = (table.last, table.first) if profile.newest_first else (table.first, table.last)
        if fen.get("opening", oldest[0] - oldest[1]) != oldest[0] - oldest[1]:
            yield "opening"
        if fen.get("closing", newest[0]) != newest[0]:
            yield "closing"
    elif "closing" in fen and fen["closing"] != fen.get("opening", fen["closing"]) + _moved_fen(table):
        yield "closing"


def _moved_fen(table: _Table) -> int:
    return table.sums[True] - table.sums[False]
