"""Writes a batch as its party's layout has it, piece by piece, the same bytes each time."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from html import escape

import orjson

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_decimals
from libs.common.security.masking import mask_identities
from services.collection.exchange.naming import Names
from services.collection.exchange.profiles import DAYS, IDENTITIES, INSTANTS, Profile
from services.collection.exchange.store import Batch, ToldRow

#: No more than registration names at once.
_ROWS_AT_ONCE = 2_000
_AMOUNTS = {"amount": "amount_fen", "left": "left_fen"}


@lru_cache(maxsize=1 << 12)
def _instant(text: str, form: str) -> str:
    """Most people of a county share a few instants."""
    return datetime.fromisoformat(text).strftime(form)


@lru_cache(maxsize=1 << 12)
def _day(text: str, form: str) -> str:
    return date.fromisoformat(text).strftime(form)


def needs_names(profile: Profile, batch: Batch) -> bool:
    """Whether the layout says who people are."""
    return any(member in IDENTITIES for _, member in profile.columns[batch.kind])


async def write_batch(
    profile: Profile, batch: Batch, rows: AsyncIterator[ToldRow], names: Names | None = None
) -> AsyncIterator[bytes]:
    """The whole file; what the encoding lacks is written as a question mark, never left out."""
    writer = _Xml(profile, batch) if profile.xml is not None else _Table(profile, batch)
    yield writer.encoded(writer.begin())
    some: list[ToldRow] = []
    async for row in rows:
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            yield writer.encoded(writer.body(await _named(some, names)))
            some = []
    yield writer.encoded(writer.body(await _named(some, names)) + writer.end())


async def _named(rows: Sequence[ToldRow], names: Names | None) -> Sequence[ToldRow]:
    """Have rows say who they are about, as far as registration says it."""
    if names is None or not rows:
        return rows
    contents: list[dict[str, object]] = [orjson.loads(row.content) for row in rows]
    people = [int(str(one["person_no"])) for one in contents]
    known = await names.of(sorted(set(people)))
    for row, content, person_id in zip(rows, contents, people, strict=True):
        if person_id in known:
            row.content = orjson.dumps(content | known[person_id].cells()).decode()
    return rows


@dataclass(frozen=True, slots=True)
class _Writer:
    """What both forms share: the values of a row as texts, and what stands beside the rows."""

    profile: Profile
    batch: Batch

    def encoded(self, text: str) -> bytes:
        return text.encode(self.profile.encoding, "replace")

    def beside(self, lines: Sequence[str]) -> Iterator[str]:
        batch, profile = self.batch, self.profile
        words = {
            "batch_no": batch.batch_no,
            "county_code": batch.division_code[:6],
            "coverage_year": batch.coverage_year,
            "kind": profile.kinds.get(batch.kind, batch.kind),
            "count": batch.row_count,
            "total": self._amount(batch.total_fen),
            "made_at": batch.made_at.astimezone(SHANGHAI).strftime(profile.instants),
        }
        return (line.format(**words) for line in lines)

    def values(self, row: ToldRow) -> Iterator[tuple[str, str]]:
        content: dict[str, object] = orjson.loads(row.content)
        content["row_no"], content["number"] = row.row_no, row.number
        content["county_code"] = self.batch.division_code[:6]
        # A number of a person in it stays where the payment is kept.
        content["transaction_no"] = mask_identities(row.transaction_no) if row.transaction_no else None
        for title, member in self.profile.columns[self.batch.kind]:
            yield title, self._value(content.get(_AMOUNTS.get(member, member)), member)

    def _value(self, found: object, member: str) -> str:
        if found is None:
            return ""
        if member in _AMOUNTS:
            assert isinstance(found, int), "amounts are whole fen"
            return self._amount(found)
        text = str(found)
        if member in INSTANTS:
            return _instant(text, self.profile.instants)
        if member in DAYS:
            return _day(text, self.profile.days)
        return self.profile.words.get(member, {}).get(text, text)

    def _amount(self, fen: int) -> str:
        return str(fen) if self.profile.unit == "fen" else yuan_decimals(fen)


class _Table(_Writer):
    """Cells between delimiters, line by line."""

    def begin(self) -> str:
        profile = self.profile
        titles = [title for title, _ in profile.columns[self.batch.kind]]
        lines = [line + profile.line_end for line in self.beside(profile.head)]
        return "".join(lines) + (self._written([titles]) if profile.heading else "")

    def body(self, rows: Sequence[ToldRow]) -> str:
        return self._written([[value for _, value in self.values(row)] for row in rows])

    def end(self) -> str:
        return "".join(line + self.profile.line_end for line in self.beside(self.profile.tail))

    def _written(self, lines: Sequence[Sequence[str]]) -> str:
        profile, out = self.profile, io.StringIO(newline="")
        if profile.quoting:
            csv.writer(out, delimiter=profile.delimiter, lineterminator=profile.line_end).writerows(lines)
        else:
            # Without quotation marks a delimiter within a cell would be one more cell.
            for line in lines:
                cells = (" ".join(cell.replace(profile.delimiter, " ").split()) for cell in line)
                out.write(profile.delimiter.join(cells) + profile.line_end)
        return out.getvalue()


class _Xml(_Writer):
    """A package with a head and rows."""

    def begin(self) -> str:
        profile, tags = self.profile, self.profile.xml
        assert tags is not None
        end = profile.line_end
        head = "".join(
            self._element(name, text) for name, _, text in (one.partition("|") for one in self._head())
        )
        declared = f'<?xml version="1.0" encoding="{profile.encoding.upper()}"?>'
        return f"{declared}{end}<{tags.root}>{end}<{tags.head}>{head}</{tags.head}>{end}<{tags.rows}>{end}"

    def body(self, rows: Sequence[ToldRow]) -> str:
        tags = self.profile.xml
        assert tags is not None
        begin, end = f"<{tags.row}>", f"</{tags.row}>{self.profile.line_end}"
        return "".join(
            begin + "".join(self._element(name, text) for name, text in self.values(row)) + end
            for row in rows
        )

    def end(self) -> str:
        tags, end = self.profile.xml, self.profile.line_end
        assert tags is not None
        return f"</{tags.rows}>{end}</{tags.root}>{end}"

    def _head(self) -> Iterator[str]:
        return self.beside(self.profile.head)

    def _element(self, name: str, text: str) -> str:
        return f"<{name}>{escape(text, quote=False)}</{name}>"
