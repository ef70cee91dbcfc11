"""SQL of notices: every version that ever answered, and the values that operators supplied."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
    INSERT INTO notice_versions (sha, county, coverage_year, body)
    SELECT sha, county, coverage_year, body
    FROM unnest(CAST(:shas AS text[]), CAST(:counties AS text[]), CAST(:years AS int[]),
                CAST(:bodies AS bytea[]))
         AS v(sha, county, coverage_year, body)
    ORDER BY sha
    ON CONFLICT DO NOTHING
""")

_VERSIONS = text("""
    SELECT sha, recorded_at FROM notice_versions
    WHERE county = :county AND coverage_year = :year ORDER BY recorded_at, sha
""")

_BODY = text("SELECT body FROM notice_versions WHERE sha = :sha")

_SUPPLY = text("""
    INSERT INTO operator_parameters (county, coverage_year, name, value, set_by, known_at)
    SELECT :county, :year, name, value, :set_by, :known_at
    FROM unnest(CAST(:names AS text[]), CAST(:values AS bigint[])) AS v(name, value)
""")

_SUPPLIED = text("""
    SELECT DISTINCT ON (name) name, value, set_by, known_at FROM operator_parameters
    WHERE county = :county AND coverage_year = :year ORDER BY name, known_at DESC, id DESC
""")

_OPEN = text("""
    SELECT id FROM enrollments
    WHERE county = :county AND coverage_year = :year AND state IN ('registered', 'assessed')
    ORDER BY id
""")


async def keep(conn: AsyncConnection, versions: Sequence[tuple[str, str, int, bytes]]) -> None:
    """Keep (sha, county, year, bytes) of notices that are not kept yet."""
    if not versions:
        return
    shas, counties, years, bodies = zip(*versions, strict=True)
    await conn.execute(
        _KEEP,
        {"shas": list(shas), "counties": list(counties), "years": list(years), "bodies": list(bodies)},
    )


async def versions(conn: AsyncConnection, county: str, year: int) -> Sequence[Row]:
    """The versions of one notice that were ever used, oldest first."""
    return (await conn.execute(_VERSIONS, {"county": county, "year": year})).all()


async def body(conn: AsyncConnection, sha: str) -> bytes | None:
    """The bytes of one version."""
    return (await conn.execute(_BODY, {"sha": sha})).scalar_one_or_none()


async def supply(
    conn: AsyncConnection, county: str, year: int, values: Mapping[str, int], set_by: str, known_at: datetime
) -> None:
    """Append values that an operator supplied."""
    await conn.execute(
        _SUPPLY,
        {
            "county": county,
            "year": year,
            "names": list(values),
            "values": list(values.values()),
            "set_by": set_by,
            "known_at": known_at,
        },
    )


async def supplied(conn: AsyncConnection, county: str, year: int) -> Sequence[Row]:
    """The values that count now."""
    return (await conn.execute(_SUPPLIED, {"county": county, "year": year})).all()


async def open_enrollments(conn: AsyncConnection, county: str, year: int) -> list[int]:
    """Enrollments of a notice that are not complete."""
    return list((await conn.execute(_OPEN, {"county": county, "year": year})).scalars())
