"""SQL of applications for money, and of whose help it reaches."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, fetch_one_as, fetch_values, statement
from services.subsidy.tables import fund_applications
from services.subsidy.verifications.store import Place


@dataclass(frozen=True, slots=True)
class TownshipRow:
    """What an application asks for one township."""

    application_id: int
    division_prefix: str
    line_count: int
    total_fen: int


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application, what finance answered, and how many of its lines may be paid out."""

    application_id: int
    county: str
    coverage_year: int
    payer: str
    number: int
    line_count: int
    total_fen: int
    applied_by: str
    applied_at: datetime
    confirmed_fen: int | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    funded_lines: int

    @property
    def short_fen(self) -> int | None:
        """What is missing of it, once finance answered."""
        return None if self.confirmed_fen is None else self.total_fen - self.confirmed_fen


_APPLY = statement("""
    WITH found AS MATERIALIZED (
        SELECT l.grant_id, left(l.division_code, 9) AS division_prefix, g.payer, g.amount_fen
        FROM verification_lines l JOIN grants g USING (grant_id)
        WHERE l.county = :county AND l.coverage_year = :coverage_year AND l.state = 'released'
          AND l.application_id IS NULL AND g.revoked_at IS NULL
          AND (CAST(:division AS text) = '' OR l.division_code BETWEEN :lowest AND :highest)
    ), made AS (
        INSERT INTO fund_applications (county, coverage_year, payer, number, line_count, total_fen,
                                       applied_by, applied_at)
        SELECT CAST(:county AS text), CAST(:coverage_year AS integer), f.payer,
               1 + coalesce((SELECT max(a.number) FROM fund_applications a WHERE a.county = :county
                             AND a.coverage_year = :coverage_year AND a.payer = f.payer), 0),
               count(*), sum(f.amount_fen), :by, :at
        FROM found f GROUP BY f.payer ORDER BY f.payer
        RETURNING application_id, payer
    ), parts AS (
        INSERT INTO fund_application_parts (application_id, county, coverage_year, division_prefix,
                                            line_count, total_fen)
        SELECT m.application_id, CAST(:county AS text), CAST(:coverage_year AS integer), f.division_prefix,
               count(*), sum(f.amount_fen)
        FROM found f JOIN made m USING (payer) GROUP BY m.application_id, f.division_prefix
    ), marked AS (
        UPDATE verification_lines SET application_id = m.application_id
        FROM found f JOIN made m USING (payer) WHERE verification_lines.grant_id = f.grant_id
    )
    SELECT application_id FROM made ORDER BY application_id
""")
_SHOWN = """
    SELECT a.application_id, a.county, a.coverage_year, a.payer, a.number, a.line_count, a.total_fen,
           a.applied_by, a.applied_at, a.confirmed_fen, a.confirmed_by, a.confirmed_at,
           (SELECT count(*) FROM verification_lines l
            WHERE l.application_id = a.application_id AND l.funded_at IS NOT NULL)::integer AS funded_lines
    FROM fund_applications a
"""
_SOME = statement(f"""
    {_SHOWN} WHERE a.application_id {any_of(fund_applications.c.application_id, "ids")}
    ORDER BY a.application_id
""")
_LOCKED = statement(f"{_SHOWN} WHERE a.application_id = :application_id FOR UPDATE OF a")
# An application is about all townships that it names: seen by whom all of them are.
_LIST = statement(f"""
    {_SHOWN}
    WHERE a.application_id > :after
      AND (CAST(:county AS text) IS NULL OR a.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR a.coverage_year = :coverage_year)
      AND NOT EXISTS (SELECT FROM fund_application_parts p WHERE p.application_id = a.application_id
                      AND NOT starts_with(p.division_prefix, :division))
    ORDER BY a.application_id
    LIMIT :limit
""")
_PARTS = statement(f"""
    SELECT application_id, division_prefix, line_count, total_fen FROM fund_application_parts
    WHERE application_id {any_of(fund_applications.c.application_id, "ids")}
    ORDER BY application_id, division_prefix
""")
_CONFIRM = statement("""
    UPDATE fund_applications SET confirmed_fen = :confirmed_fen, confirmed_by = :by, confirmed_at = :at
    WHERE application_id = :application_id
""")
# Whole sums, in an order, as far as the money goes; what was funded before comes first.
_FUND = statement("""
    WITH ranked AS (
        SELECT l.grant_id, l.funded_at IS NOT NULL AS before, sum(g.amount_fen) OVER (
            ORDER BY l.funded_at IS NULL, coalesce((
                SELECT min(o.place) FROM json_array_elements_text(CAST(:first AS json)) WITH ORDINALITY
                     AS o(status, place)
                WHERE o.status = ANY(string_to_array(g.status, '+'))
            ), 1000), g.granted_at, g.grant_id
        ) AS used_fen
        FROM verification_lines l JOIN grants g USING (grant_id)
        WHERE l.application_id = :application_id AND g.revoked_at IS NULL
    )
    UPDATE verification_lines SET funded_at = :at
    FROM ranked
    WHERE verification_lines.grant_id = ranked.grant_id AND NOT ranked.before
      AND ranked.used_fen <= CAST(:confirmed_fen AS bigint)
""")


async def apply(conn: AsyncConnection, place: Place, by: str, at: datetime) -> list[int]:
    """Apply for the money of all released lines that are in no application, payer by payer."""
    return await fetch_values(conn, int, _APPLY, **asdict(place), by=by, at=at)


async def some(conn: AsyncConnection, ids: Collection[int]) -> list[ApplicationRow]:
    """Applications, in the order of their ids."""
    return await fetch_as(conn, ApplicationRow, _SOME, ids=sorted(ids))


async def lock(conn: AsyncConnection, application_id: int) -> ApplicationRow | None:
    """Hold one application until the transaction ends."""
    return await fetch_one_as(conn, ApplicationRow, _LOCKED, application_id=application_id)


async def list_applications(
    conn: AsyncConnection,
    *,
    after: int,
    county: str | None,
    coverage_year: int | None,
    division: str,
    limit: int,
) -> list[ApplicationRow]:
    """A page of applications."""
    return await fetch_as(
        conn,
        ApplicationRow,
        _LIST,
        after=after,
        county=county,
        coverage_year=coverage_year,
        division=division,
        limit=limit,
    )


async def townships(conn: AsyncConnection, ids: Collection[int]) -> dict[int, list[TownshipRow]]:
    """What applications ask for each township."""
    found: dict[int, list[TownshipRow]] = {}
    for row in await fetch_as(conn, TownshipRow, _PARTS, ids=sorted(ids)):
        found.setdefault(row.application_id, []).append(row)
    return found


async def confirm(
    conn: AsyncConnection, application_id: int, confirmed_fen: int, by: str, at: datetime
) -> None:
    """Note how much finance has for an application."""
    await execute(conn, _CONFIRM, application_id=application_id, confirmed_fen=confirmed_fen, by=by, at=at)


async def fund(
    conn: AsyncConnection, application_id: int, confirmed_fen: int, first: Sequence[str], at: datetime
) -> int:
    """Let lines of an application be paid as far as the money goes: `first` statuses, then the oldest."""
    return await execute(
        conn,
        _FUND,
        application_id=application_id,
        confirmed_fen=confirmed_fen,
        first=orjson.dumps(list(first)).decode(),
        at=at,
    )
