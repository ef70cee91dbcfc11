"""SQL of entries under the number of a paper: two persons may take one back, and its number is free then."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, copy, fetch_as, fetch_one_as, fetch_values, statement
from services.ledger.postings.rules import Season

Row = TypeVar("Row")


class Entries(Generic[Row]):
    """The entries of one table, by season, whose money it is (the column `unit`), and the paper's number.

    `row` is an entry as it is read, with `reversed_at`; `at` is the column with the instant of the money.
    """

    def __init__(self, table: Table, reversals: Table, row: type[Row], *, unit: str, at: str) -> None:
        self._row, self._reversals = row, reversals
        (self._of,) = reversals.primary_key.columns.keys()
        of_paper = ("county", "coverage_year", unit, "reference")
        key, shown = ", ".join(of_paper), all_but(table, "entry_no")
        new = Records(table, *all_but(table, "id", "entry_no"))
        entry = f"""
            SELECT {", ".join(f"a.{name}" for name in shown)}, r.reversed_at
            FROM {table.name} a LEFT JOIN {reversals.name} r ON r.{self._of} = a.id
        """
        # What stands already keeps its row; whoever enters the same at the same moment waits here. What was
        # taken back leaves its reference to the next entry.
        self._enter = statement(f"""
            INSERT INTO {table.name} ({new.names}, entry_no)
            SELECT {", ".join(f"rows.{name}" for name in new.columns)}, 1 + (
                SELECT count(*) FROM {reversals.name} r JOIN {table.name} a ON a.id = r.{self._of}
                WHERE ({", ".join(f"a.{name}" for name in of_paper)})
                    = ({", ".join(f"rows.{name}" for name in of_paper)})
            )
            FROM {new} ORDER BY {key}
            ON CONFLICT ({key}, entry_no) DO NOTHING RETURNING id
        """)
        self._some = statement(f"{entry} WHERE a.id = ANY(CAST(:ids AS bigint[])) ORDER BY a.id")
        self._standing = statement(f"""
            SELECT s.* FROM {new} JOIN ({entry}) AS s USING ({key})
            WHERE s.reversed_at IS NULL
              AND (s.amount_fen, s.{at}) IS DISTINCT FROM (rows.amount_fen, rows.{at}) ORDER BY s.id
        """)
        # A list that is sent again may hold what was found wrong since: it comes back by nobody's oversight.
        self._gone = statement(f"""
            SELECT s.* FROM {new} JOIN ({entry}) AS s USING ({key}, amount_fen, {at})
            WHERE s.reversed_at IS NOT NULL ORDER BY s.id
        """)
        self._one = statement(f"{entry} WHERE a.id = :id")
        self._page = statement(f"""
            {entry} WHERE a.county = :county AND a.coverage_year = :coverage_year AND a.id > :after
            ORDER BY a.id LIMIT :limit
        """)

    async def enter(self, conn: AsyncConnection, new: Sequence[object]) -> list[Row]:
        """Enter what does not stand under its reference; give what is new."""
        ids = await fetch_values(conn, int, self._enter, rows=new)
        return await fetch_as(conn, self._row, self._some, ids=ids)

    async def contradicted(self, conn: AsyncConnection, new: Sequence[object]) -> list[Row]:
        """What stands under the same references with another amount or instant."""
        return await fetch_as(conn, self._row, self._standing, rows=new)

    async def reversed_before(self, conn: AsyncConnection, new: Sequence[object]) -> list[Row]:
        """What was entered before exactly so, and taken back."""
        return await fetch_as(conn, self._row, self._gone, rows=new)

    async def one(self, conn: AsyncConnection, entry_id: int) -> Row | None:
        """An entry by its id."""
        return await fetch_one_as(conn, self._row, self._one, id=entry_id)

    async def reverse(
        self, conn: AsyncConnection, entry_id: int, asked_by: str, agreed_by: str, at: datetime
    ) -> None:
        """Keep that two persons took an entry back."""
        kept = {self._of: entry_id, "asked_by": asked_by, "agreed_by": agreed_by, "reversed_at": at}
        await copy(conn, self._reversals, [kept], *kept)

    async def page(self, conn: AsyncConnection, season: Season, after: int, limit: int) -> list[Row]:
        """A page of entries, in the order in which they were entered."""
        return await fetch_as(conn, self._row, self._page, **season._asdict(), after=after, limit=limit)
