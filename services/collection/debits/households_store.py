"""SQL of mandates for whole households: who belongs to them in a year, and how far a preview looks."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_value, statement

_JOIN_ALL = """
    INSERT INTO debit_mandate_people (mandate_id, person_id, county, added_at)
    SELECT DISTINCT ON (d.person_id) m.mandate_id, d.person_id, m.county, CAST(:at AS timestamptz)
    FROM debit_mandates m
    JOIN dues p ON p.person_id = m.payer_id AND p.county = m.county AND p.coverage_year = :coverage_year
     AND p.state <> 'cancelled'
    JOIN dues d ON d.household_id = p.household_id AND d.coverage_year = p.coverage_year
     AND d.county = p.county AND d.state <> 'cancelled'
    WHERE m.county = :county AND m.channel = :channel AND m.ended_at IS NULL
      AND m.from_year <= :coverage_year {some}
    ORDER BY d.person_id, m.mandate_id
    ON CONFLICT DO NOTHING
"""
_JOIN = statement(_JOIN_ALL.format(some=""))
# Who of a household pays first is said by all mandates that it has, whichever of them are looked at.
_JOIN_SOME = statement(
    _JOIN_ALL.format(
        some="""AND p.household_id IN (
        SELECT o.household_id FROM debit_mandates r
        JOIN dues o ON o.person_id = r.payer_id AND o.county = r.county
         AND o.coverage_year = :coverage_year AND o.state <> 'cancelled'
        WHERE r.county = :county AND r.channel = :channel AND r.ended_at IS NULL
          AND r.mandate_id > :after AND r.mandate_id <= :until)"""
    )
)
_UNTIL = statement("""
    SELECT max(mandate_id) FROM (
        SELECT mandate_id FROM debit_mandates
        WHERE mandate_id > :after AND county = :county AND channel = :channel AND ended_at IS NULL
          AND from_year <= :coverage_year
        ORDER BY mandate_id LIMIT :limit
    ) next
""")


async def join_households(conn: AsyncConnection, county: str, year: int, channel: str, at: datetime) -> None:
    """Let mandates for whole households pay for those who belong to them in a year."""
    await execute(conn, _JOIN, county=county, coverage_year=year, channel=channel, at=at)


async def join_some(
    conn: AsyncConnection, season: tuple[str, int, str], between: tuple[int, int], at: datetime
) -> None:
    """The same for mandates after one of them, until another."""
    county, year, channel = season
    after, until = between
    await execute(
        conn, _JOIN_SOME, county=county, coverage_year=year, channel=channel, at=at, after=after, until=until
    )


async def last_of(conn: AsyncConnection, season: tuple[str, int, str], after: int, limit: int) -> int | None:
    """The last one of the next mandates that are in force for a year; None: there are no more."""
    county, year, channel = season
    return await fetch_value(
        conn, int, _UNTIL, county=county, coverage_year=year, channel=channel, after=after, limit=limit
    )
