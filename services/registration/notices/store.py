"""SQL of notices: every version that ever answered, and the values that operators supplied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_value, fetch_values, statement
from libs.common.policy import Notice
from services.registration.enrollments.rules import OPEN
from services.registration.tables import notice_versions, operator_parameters

_KEPT = Records(notice_versions, "sha", "county", "coverage_year", "body")
_KEEP = statement(f"""
    INSERT INTO notice_versions ({_KEPT.names}) SELECT {_KEPT.names} FROM {_KEPT}
    ORDER BY sha
    ON CONFLICT DO NOTHING
""")

_VERSIONS = statement("""
    SELECT sha AS sha256, recorded_at FROM notice_versions
    WHERE county = :county AND coverage_year = :coverage_year ORDER BY recorded_at, sha
""")

_BODY = statement("SELECT body FROM notice_versions WHERE sha = :sha")

_GIVEN = Records(operator_parameters, "county", "coverage_year", "name", "value", "set_by", "known_at")
_SUPPLY = statement(f"INSERT INTO operator_parameters ({_GIVEN.names}) SELECT {_GIVEN.names} FROM {_GIVEN}")

_SUPPLIED = statement("""
    SELECT DISTINCT ON (name) name, value, set_by, known_at FROM operator_parameters
    WHERE county = :county AND coverage_year = :coverage_year ORDER BY name, known_at DESC, id DESC
""")

_OPEN = statement(f"""
    SELECT id FROM enrollments
    WHERE county = :county AND coverage_year = :coverage_year AND state IN {OPEN}
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a notice that answered."""

    sha256: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Supplied:
    """A value that an operator supplied."""

    name: str
    value: int
    set_by: str
    known_at: datetime


async def keep(conn: AsyncConnection, notices: Sequence[Notice]) -> None:
    """Keep the bytes of notices that are not kept yet."""
    rows = [
        {"sha": n.sha256, "county": n.county, "coverage_year": n.year, "body": n.source_text} for n in notices
    ]
    await execute(conn, _KEEP, rows=rows)


async def versions(conn: AsyncConnection, county: str, coverage_year: int) -> list[Version]:
    """The versions of one notice that were ever used, oldest first."""
    return await fetch_as(conn, Version, _VERSIONS, county=county, coverage_year=coverage_year)


async def body(conn: AsyncConnection, sha: str) -> bytes | None:
    """The bytes of one version."""
    return await fetch_value(conn, bytes, _BODY, sha=sha)


async def supply(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    values: Mapping[str, int],
    set_by: str,
    known_at: datetime,
) -> None:
    """Append values that an operator supplied."""
    season = {"county": county, "coverage_year": coverage_year, "set_by": set_by, "known_at": known_at}
    await execute(
        conn, _SUPPLY, rows=[{**season, "name": name, "value": value} for name, value in values.items()]
    )


async def supplied(conn: AsyncConnection, county: str, coverage_year: int) -> list[Supplied]:
    """The values that count now."""
    return await fetch_as(conn, Supplied, _SUPPLIED, county=county, coverage_year=coverage_year)


async def open_enrollments(conn: AsyncConnection, county: str, coverage_year: int) -> list[int]:
    """Enrollments of a notice that are not complete."""
    return await fetch_values(conn, int, _OPEN, county=county, coverage_year=coverage_year)
