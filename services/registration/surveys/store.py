"""SQL of survey bases: the rows of a file while it is read, and the versions that they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, copy, execute, fetch_as, fetch_one_as, fetch_values, statement
from services.registration import tables
from services.registration.surveys.rules import SurveyRow

_COLUMNS = (
    *("county", "coverage_year", "import_id", "division_code", "household_no", "head", "name", "sex", "born"),
    *(
        "document_type",
        "number",
        "number_digest",
        "address",
        "phone",
        "hukou",
        "hukou_kind",
        "answer",
        "reason",
        "proof",
    ),
    *("said_by", "said_on", "content_digest", "said_digest"),
)
_NUMBERS = statement(
    "SELECT number FROM survey_rows WHERE import_id = :id AND from_base IS NULL", tables.survey_rows.c.number
)
#: Of the versions that count.
CURRENT = "{0}.from_base IS NOT NULL AND {0}.until_base IS NULL"
#: The base is the register of the village: who (p) is registered elsewhere (h) than in it needs a reason that
#: the notice knows. Of hukou elsewhere nobody goes home; residence shows by the permit, or by its first day.
_RESIDES = "coalesce(p.facts->>'residence_permit' = 'true' OR p.facts ? 'resident_since', false)"
MISPLACED = f"""h.division_code <> {{0}}.division_code
        AND CASE WHEN CAST(:place AS text) = 'hukou' THEN coalesce(p.facts->>'hukou', 'county') = 'county'
            ELSE NOT {_RESIDES} END"""
_READ = Records(
    tables.survey_rows, "county", "coverage_year", "division_code", "number_digest", "content_digest"
)
_COMPARE = statement(f"""
    SELECT count(*) FILTER (WHERE r.id IS NULL)::integer AS new,
           count(*) FILTER (WHERE r.content_digest <> rows.content_digest)::integer AS updated,
           count(*) FILTER (WHERE r.content_digest = rows.content_digest)::integer AS unchanged
    FROM {_READ}
    LEFT JOIN survey_rows r ON r.county = rows.county AND r.coverage_year = rows.coverage_year
     AND r.number_digest = rows.number_digest AND r.division_code = rows.division_code
     AND {CURRENT.format("r")}
""")

_FORGET = statement("DELETE FROM survey_rows WHERE import_id = :id AND from_base IS NULL")
_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('survey ' || :county, 0))")
# What a file has read beside what its villages have: the pairs that every step below looks at.
PAIRS = f"""
    read AS (
        SELECT * FROM survey_rows WHERE import_id = :id AND from_base IS NULL
    ), known AS (
        SELECT k.* FROM survey_rows k
        WHERE k.county = :county AND k.coverage_year = :coverage_year AND {CURRENT.format("k")}
          AND k.division_code = ANY(CAST(:villages AS text[]))
    ), pair AS (
        SELECT coalesce(read.division_code, known.division_code) AS division_code, read.id AS read_id,
               known.id AS known_id, coalesce(read.content_digest = known.content_digest, false) AS same,
               known.said_digest AS known_said, read.said_digest AS read_said
        FROM read FULL JOIN known
          ON known.division_code = read.division_code AND known.number_digest = read.number_digest
    )
"""
_STATISTICS = statement("ANALYZE survey_rows, survey_answers")
_VILLAGES = statement(
    "SELECT DISTINCT division_code FROM survey_rows WHERE import_id = :id AND from_base IS NULL"
)
_SUPERSEDED = statement("""
    WITH newer AS (
        SELECT DISTINCT b.division_code FROM survey_bases b
        WHERE b.county = :county AND b.coverage_year = :coverage_year AND b.import_id > :id
          AND b.division_code IN (
              SELECT division_code FROM survey_rows WHERE import_id = :id AND from_base IS NULL)
    ), dropped AS (
        DELETE FROM survey_rows r USING newer
        WHERE r.import_id = :id AND r.from_base IS NULL AND r.division_code = newer.division_code
    )
    SELECT division_code FROM newer ORDER BY division_code
""")
_NEW_BASES = statement(f"""
    WITH {PAIRS}, village AS (
        SELECT division_code, count(read_id)::integer AS people,
               count(*) FILTER (WHERE known_id IS NULL)::integer AS added,
               count(*) FILTER (WHERE known_id IS NOT NULL AND read_id IS NOT NULL AND NOT same)::integer
                   AS changed,
               count(*) FILTER (WHERE read_id IS NULL)::integer AS left_out
        FROM pair GROUP BY division_code
    )
    INSERT INTO survey_bases (county, coverage_year, division_code, version_no, import_id, dated_on, people,
                              added, changed, left_out, sent_by, known_at)
    SELECT :county, :coverage_year, v.division_code, 1 + (
               SELECT count(*) FROM survey_bases b
               WHERE b.county = :county AND b.coverage_year = :coverage_year
                 AND b.division_code = v.division_code),
           :id, :dated_on, v.people, v.added, v.changed, v.left_out, :sent_by, :known_at
    FROM village v WHERE v.added + v.changed + v.left_out > 0 ORDER BY v.division_code
""")
_ANSWERS = statement(f"""
    WITH {PAIRS}
    INSERT INTO survey_answers (county, coverage_year, division_code, number_digest, answer, reason, proof,
                                said_by, said_at, entered_by, entered_at, import_id)
    SELECT r.county, r.coverage_year, r.division_code, r.number_digest, r.answer, r.reason, r.proof,
           r.said_by,
           least(coalesce((r.said_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '1 s',
                          :known_at), :known_at),
           :sent_by, :known_at, :id
    FROM pair JOIN survey_rows r ON r.id = pair.read_id
    WHERE r.answer IS NOT NULL AND pair.known_said IS DISTINCT FROM pair.read_said
    ORDER BY r.id
""")
_END_ROWS = statement(f"""
    WITH {PAIRS}
    UPDATE survey_rows r SET until_base = b.id
    FROM pair JOIN survey_bases b ON b.import_id = :id AND b.division_code = pair.division_code
    WHERE r.id = pair.known_id AND NOT pair.same
""")
_DROP_SAME = statement(f"""
    WITH {PAIRS} DELETE FROM survey_rows r USING pair WHERE r.id = pair.read_id AND pair.same
""")
_BEGIN_ROWS = statement("""
    UPDATE survey_rows r SET from_base = b.id FROM survey_bases b
    WHERE r.import_id = :id AND r.from_base IS NULL AND b.import_id = :id
      AND b.division_code = r.division_code
""")
#: Beside the row `r` of a base: who has its document, or had it until it was corrected.
RECORDED = """
    LEFT JOIN documents d ON d.county = r.county AND d.number_digest = r.number_digest
     AND d.type = r.document_type
    LEFT JOIN former_numbers f ON f.county = r.county AND f.number_digest = r.number_digest
    LEFT JOIN documents o ON o.county = f.county AND o.number_digest = f.current_digest
     AND o.type = r.document_type
"""
PERSON = "coalesce(d.person_id, o.person_id)"
# Whom the new versions say something new about, as far as they are registered.
_TOUCHED = statement(f"""
    SELECT DISTINCT {PERSON} AS person_id
    FROM survey_bases b JOIN survey_rows r ON r.from_base = b.id {RECORDED}
    WHERE b.import_id = :id AND {PERSON} IS NOT NULL ORDER BY 1
""")

BASE = """b.id AS base_id, b.county, b.coverage_year, b.division_code, b.version_no, b.import_id,
    b.dated_on, b.people, b.added, b.changed, b.left_out, b.sent_by, b.known_at, i.rejected"""
_BASES = statement(f"""
    SELECT {BASE} FROM survey_bases b JOIN imports i ON i.id = b.import_id
    WHERE b.county = :county AND b.coverage_year = :coverage_year AND b.division_code BETWEEN :low AND :high
      AND b.id > :after
    ORDER BY b.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows of a file are new in their base, differ from it, or stand there already."""

    new: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Base:
    """A version of the base of a village. `rejected` rows of its file could not be read."""

    base_id: int
    county: str
    coverage_year: int
    division_code: str
    version_no: int
    import_id: int
    dated_on: date
    people: int
    added: int
    changed: int
    left_out: int
    sent_by: str
    known_at: datetime
    rejected: int


class File(Protocol):
    """The file that bases come with."""

    @property
    def id(self) -> int: ...
    @property
    def county(self) -> str: ...
    @property
    def coverage_year(self) -> int: ...
    @property
    def sent_by(self) -> str: ...
    @property
    def requested_at(self) -> datetime: ...


async def numbers_read(conn: AsyncConnection, import_id: int) -> list[str]:
    """The numbers of the rows that a file has brought so far."""
    return await fetch_values(conn, str, _NUMBERS, id=import_id)


async def compare(conn: AsyncConnection, rows: Sequence[SurveyRow]) -> Compared:
    """Compare rows of a file with the bases of their villages as they are."""
    found = await fetch_one_as(conn, Compared, _COMPARE, rows=rows)
    return found or Compared(0, 0, 0)


async def keep_rows(conn: AsyncConnection, rows: Sequence[SurveyRow]) -> None:
    """Keep rows of a file until it is read to its end."""
    await copy(conn, tables.survey_rows, rows, *_COLUMNS)


async def take_turn(conn: AsyncConnection, file: File) -> None:
    """Let no other file of the county become versions meanwhile.

    The statistics of the tables are those of before the file: by them the database would take hours here.
    """
    await execute(conn, _TURN, county=file.county)
    await execute(conn, _STATISTICS)


async def drop_superseded(conn: AsyncConnection, file: File) -> list[str]:
    """Drop what a file brought for villages that have a newer version already; give those villages."""
    season = {"id": file.id, "county": file.county, "coverage_year": file.coverage_year}
    return await fetch_values(conn, str, _SUPERSEDED, **season)


async def season_of(conn: AsyncConnection, file: File) -> dict[str, object]:
    """What the steps below ask of a file: its season, and its villages."""
    villages = await fetch_values(conn, str, _VILLAGES, id=file.id)
    season = {"id": file.id, "county": file.county, "coverage_year": file.coverage_year}
    return season | {"villages": villages}


async def renew(conn: AsyncConnection, file: File, dated_on: date) -> None:
    """Make what a file brought new versions, when its turn was taken.

    The statistics are then of before its rows began to count: by them every list would take long until the
    database has looked by itself.
    """
    sent = {"sent_by": file.sent_by, "known_at": file.requested_at}
    season = await season_of(conn, file)
    await execute(conn, _NEW_BASES, **season, **sent, dated_on=dated_on)
    await execute(conn, _ANSWERS, **season, **sent)
    await execute(conn, _END_ROWS, **season)
    await execute(conn, _DROP_SAME, **season)
    await execute(conn, _BEGIN_ROWS, id=file.id)
    await execute(conn, _STATISTICS)


async def forget_rows(conn: AsyncConnection, import_id: int) -> None:
    """Let go what a dry run has read."""
    await execute(conn, _FORGET, id=import_id)


async def touched(conn: AsyncConnection, import_id: int) -> list[int]:
    """The registered people whom a file said something new about."""
    return await fetch_values(conn, int, _TOUCHED, id=import_id)


async def bases(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    division: tuple[str, str],
    after: int,
    limit: int,
) -> list[Base]:
    """The versions of the bases of a division, in the order in which they came."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year, "low": low, "high": high}
    return await fetch_as(conn, Base, _BASES, **season, after=after, limit=limit)
