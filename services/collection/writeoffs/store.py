"""SQL of write-offs: what is done with, what stands in the way, and what was written off."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, fetch_value, statement
from services.collection.books.report_store import USED
from services.collection.books.rules import Numbers
from services.collection.books.store import Kept, Paper
from services.collection.cases.rules import VOUCHER_LOST
from services.collection.tables import voucher_stretches, voucher_writeoffs


@dataclass(frozen=True, slots=True)
class NewWriteoff:
    """A write-off to write."""

    county: str
    division_code: str
    coverage_year: int
    voucher: str
    up_to: date
    used: int
    void: int
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class Writeoff(NewWriteoff):
    """One that is on record."""

    writeoff_id: int


@dataclass(frozen=True, slots=True)
class Done(Kept):
    """Numbers that are used or void, with the stretch that has them."""

    begin: int
    end: int

    @property
    def numbers(self) -> Numbers:
        """The numbers."""
        return Numbers(self.series, self.begin, self.end)


_KEPT = ", ".join(f"s.{name}" for name in all_but(voucher_stretches, "county", "voucher"))
_DONE = statement(f"""
    WITH {USED}, island AS (
        SELECT s.stretch_id, used.serial,
               used.serial - row_number() OVER (PARTITION BY s.stretch_id ORDER BY used.serial) AS island
        FROM voucher_stretches s JOIN used USING (series, collector_id)
        WHERE s.county = :county AND s.voucher = :voucher AND s.until_at IS NULL AND s.state = 'held'
          AND used.serial BETWEEN s.first_serial AND s.last_serial
    ), run AS (
        SELECT stretch_id, min(serial) AS begin, max(serial) AS "end" FROM island GROUP BY stretch_id, island
        UNION ALL
        SELECT stretch_id, first_serial, last_serial FROM voucher_stretches
        WHERE county = :county AND voucher = :voucher AND until_at IS NULL AND state = 'void'
          AND from_at < :ends AND division_code LIKE CAST(:division AS text) || '%'
    )
    SELECT {_KEPT}, run.begin, run."end" FROM run JOIN voucher_stretches s USING (stretch_id)
    ORDER BY s.series, run.begin
""")
_LOST = statement(f"""
    SELECT {_KEPT} FROM voucher_stretches s
    JOIN cases c ON c.subject = 'voucher-moves/' || s.move_id AND c.kind = '{VOUCHER_LOST.code}'
    WHERE s.county = :county AND s.voucher = :voucher AND s.until_at IS NULL AND s.state = 'lost'
      AND c.state = 'open' AND s.division_code LIKE CAST(:division AS text) || '%'
    ORDER BY s.series, s.first_serial
""")
_NEW = Records(voucher_writeoffs, *NewWriteoff.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO voucher_writeoffs ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, voucher, division_code, up_to) DO NOTHING RETURNING writeoff_id
""")
_PAGE = statement(f"""
    SELECT {", ".join(voucher_writeoffs.c.keys())} FROM voucher_writeoffs
    WHERE writeoff_id > :after AND division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:voucher AS text) IS NULL OR voucher = :voucher)
    ORDER BY writeoff_id LIMIT :limit
""")


async def done(conn: AsyncConnection, paper: Paper, division: str, ends: datetime) -> list[Done]:
    """Numbers of a division that were used or void before an instant, and are not written off."""
    return await fetch_as(
        conn, Done, _DONE, county=paper.county, voucher=paper.voucher, division=division, ends=ends
    )


async def lost(conn: AsyncConnection, paper: Paper, division: str) -> list[Kept]:
    """Lost numbers of a division about which nobody has decided."""
    return await fetch_as(conn, Kept, _LOST, county=paper.county, voucher=paper.voucher, division=division)


async def add(conn: AsyncConnection, new: NewWriteoff) -> int | None:
    """Write a write-off; None where there is one of this day."""
    return await fetch_value(conn, int, _ADD, rows=[new])


async def page(
    conn: AsyncConnection, division: str, county: str | None, voucher: str | None, after: int, limit: int
) -> list[Writeoff]:
    """Write-offs of a division in the order in which they were made."""
    return await fetch_as(
        conn, Writeoff, _PAGE, division=division, county=county, voucher=voucher, after=after, limit=limit
    )
