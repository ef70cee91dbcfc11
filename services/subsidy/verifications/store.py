"""SQL of rosters of who is to be subsidized: drawing them and counting how far they are."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, fetch_one_as, statement
from services.subsidy.tables import verifications as verifications_table

#: Everything about one county and year that moves money to or off a roster takes turns.
_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended(:books, 0))")


@dataclass(frozen=True, slots=True)
class Place:
    """A county and year, within a division."""

    county: str
    coverage_year: int
    division: str
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """A roster, and how many of its lines are how far."""

    verification_id: int
    county: str
    coverage_year: int
    division_prefix: str
    payer: str
    number: int
    line_count: int
    total_fen: int
    drawn_by: str
    drawn_at: datetime
    open: int
    held: int
    released: int
    released_fen: int
    struck_out: int
    revoked: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rosters that were drawn, and how many lines they have together."""

    verification_ids: list[int]
    lines: int


# One statement takes what is on no roster, township by township and payer by payer.
_DRAW = statement("""
    WITH found AS MATERIALIZED (
        SELECT g.grant_id, left(g.division_code, 9) AS division_prefix, g.payer, g.division_code, g.amount_fen
        FROM grants g LEFT JOIN verification_lines l USING (grant_id)
        WHERE g.county = :county AND g.coverage_year = :coverage_year AND g.revoked_at IS NULL
          AND g.mechanism <> 'outside_system' AND l.grant_id IS NULL
          AND (CAST(:division AS text) = '' OR g.division_code BETWEEN :lowest AND :highest)
    ), drawn AS (
        INSERT INTO verifications (county, coverage_year, division_prefix, payer, number, line_count,
                                   total_fen, drawn_by, drawn_at)
        SELECT CAST(:county AS text), CAST(:coverage_year AS integer), f.division_prefix, f.payer,
               1 + coalesce((
                   SELECT max(v.number) FROM verifications v
                   WHERE v.county = :county AND v.coverage_year = :coverage_year
                     AND v.division_prefix = f.division_prefix AND v.payer = f.payer
               ), 0), count(*), sum(f.amount_fen), :by, :at
        FROM found f GROUP BY f.division_prefix, f.payer ORDER BY f.division_prefix, f.payer
        RETURNING verification_id, division_prefix, payer
    ), lines AS (
        INSERT INTO verification_lines (grant_id, verification_id, county, coverage_year, division_code)
        SELECT f.grant_id, d.verification_id, CAST(:county AS text), CAST(:coverage_year AS integer),
               f.division_code
        FROM found f JOIN drawn d USING (division_prefix, payer)
        ORDER BY f.grant_id
    )
    SELECT coalesce(array_agg(verification_id ORDER BY verification_id), '{}') AS verification_ids,
           (SELECT count(*) FROM found)::integer AS lines
    FROM drawn
""")
_SHOWN = """
    SELECT v.verification_id, v.county, v.coverage_year, v.division_prefix, v.payer, v.number, v.line_count,
           v.total_fen, v.drawn_by, v.drawn_at, far.*
    FROM verifications v, LATERAL (
        SELECT count(*) FILTER (WHERE l.state = 'open' AND standing)::integer AS open,
               count(*) FILTER (WHERE l.state = 'held' AND standing)::integer AS held,
               count(*) FILTER (WHERE l.state = 'released' AND standing)::integer AS released,
               coalesce(sum(g.amount_fen) FILTER (WHERE l.state = 'released' AND standing), 0)::bigint
                   AS released_fen,
               count(*) FILTER (WHERE l.state = 'struck_out')::integer AS struck_out,
               count(*) FILTER (WHERE l.state IN ('open', 'held', 'released') AND NOT standing)::integer
                   AS revoked
        FROM verification_lines l JOIN grants g USING (grant_id),
             LATERAL (SELECT g.revoked_at IS NULL) AS its(standing)
        WHERE l.verification_id = v.verification_id
    ) AS far
"""
_LIST = statement(f"""
    {_SHOWN}
    WHERE v.verification_id > :after AND starts_with(v.division_prefix, :division)
      AND (CAST(:county AS text) IS NULL OR v.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR v.coverage_year = :coverage_year)
    ORDER BY v.verification_id
    LIMIT :limit
""")
_SOME = statement(f"""
    {_SHOWN} WHERE v.verification_id {any_of(verifications_table.c.verification_id, "ids")}
    ORDER BY v.verification_id
""")


async def take_turn(conn: AsyncConnection, county: str, coverage_year: int) -> None:
    """Wait for whoever draws, decides or applies for money of a county and year, or pays it out."""
    await execute(conn, _TURN, books=f"verifications:{county}:{coverage_year}")


async def draw(conn: AsyncConnection, place: Place, by: str, at: datetime) -> Drawn:
    """Draw a roster of each township and payer from all grants that are on none."""
    drawn = await fetch_one_as(conn, Drawn, _DRAW, **asdict(place), by=by, at=at)
    assert drawn is not None, "a count is always there"
    return drawn


async def verifications(conn: AsyncConnection, ids: Collection[int]) -> list[VerificationRow]:
    """Look rosters up."""
    return await fetch_as(conn, VerificationRow, _SOME, ids=sorted(ids))


async def list_verifications(
    conn: AsyncConnection,
    *,
    after: int,
    county: str | None,
    coverage_year: int | None,
    division: str,
    limit: int,
) -> list[VerificationRow]:
    """A page of the rosters of a division, in the order of their ids."""
    return await fetch_as(
        conn,
        VerificationRow,
        _LIST,
        after=after,
        county=county,
        coverage_year=coverage_year,
        division=division,
        limit=limit,
    )
