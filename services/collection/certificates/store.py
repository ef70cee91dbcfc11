"""SQL of certificates: their numbers and contents, the money that they are about, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    Statement,
    any_of,
    copy,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
)
from services.collection.certificates.rules import CertificateKind, CertificateState, ExemptionNow, LineNow
from services.collection.tables import (
    certificate_batches,
    certificate_exemptions,
    certificate_lines,
    certificates,
    covers,
)

_COVERS = Records(covers)
_COVER = statement(f"""
    INSERT INTO covers ({_COVERS.names}) SELECT {_COVERS.names} FROM {_COVERS} ORDER BY enrollment_id
    ON CONFLICT (enrollment_id) DO UPDATE SET {_COVERS.taken_over("revision", "cover_from", "cover_to")}
    WHERE covers.revision < excluded.revision
""")
_COVERED = statement(f"""
    SELECT enrollment_id, revision, cover_from, cover_to FROM covers
    WHERE enrollment_id {any_of(covers.c.enrollment_id, "enrollments")}
""")
_RESERVE = statement("""
    INSERT INTO certificate_counters (division, issued_on, last_sequence)
    VALUES (:division, :issued_on, :number)
    ON CONFLICT (division, issued_on)
    DO UPDATE SET last_sequence = certificate_counters.last_sequence + excluded.last_sequence
    RETURNING last_sequence
""")
_BATCH = Records(certificate_batches, "kind", "county", "division_code", "coverage_year", "issued",
                 "issued_at", "issued_by")  # fmt: skip
_ADD_BATCH = statement(f"""
    INSERT INTO certificate_batches ({_BATCH.names}) SELECT {_BATCH.names} FROM {_BATCH} RETURNING batch_id
""")
_COLUMNS = """
    c.certificate_no, c.kind, c.county, c.division_code, c.coverage_year, c.batch_id, c.content, c.state,
    c.key_id, c.issued_at, c.issued_by, c.order_no
"""
#: One whose term is over says nothing any more: a sealed content that says something is longer.
_SAYS = "octet_length(c.content) > 64"
_FIND = statement(
    f"SELECT {_COLUMNS} FROM certificates c WHERE c.certificate_no = :certificate_no AND {_SAYS}",
    certificates.c.content,
)
_OF_BATCH = statement(
    f"""
    SELECT {_COLUMNS} FROM certificates c WHERE c.batch_id = :batch_id AND {_SAYS} ORDER BY c.certificate_no
    """,
    certificates.c.content,
)
#: A filter is in the statement only when it is asked for: each has an index of its own.
_CONDITIONS = {
    "person_id": """c.certificate_no IN (
        SELECT certificate_no FROM (
            SELECT certificate_no, person_id FROM certificate_lines
            UNION ALL SELECT certificate_no, person_id FROM certificate_exemptions
        ) AS named
        WHERE person_id = ANY(ARRAY(
            SELECT CAST(:person_id AS bigint)
            UNION ALL SELECT merged_person_id FROM merged_people WHERE person_id = :person_id))
    )""",
    "batch_id": "c.batch_id = :batch_id",
    "coverage_year": "c.coverage_year = :coverage_year",
    "county": "c.county = :county",
    "order_no": "c.order_no = :order_no",
    "payer_digest": """c.order_no IN (SELECT order_no FROM orders WHERE payer_digest = :payer_digest)""",
}
_FIND_BATCH = statement("""
    SELECT batch_id, kind, county, division_code, coverage_year, issued, issued_at, issued_by
    FROM certificate_batches WHERE batch_id = :batch_id
""")
#: An officer ended the cover and no later assessment gave it back; the due of a payment says `paid` still.
WITHDRAWN = "d.cancel_reason = 'withdrawn' AND coalesce(d.cancelled_revision >= d.revision, true)"
_STANDING = statement(f"""
    SELECT cl.certificate_no, cl.person_id, l.state, l.amount_fen, l.refunded_fen,
           coalesce({WITHDRAWN}, false) AS withdrawn, l.repaired_year IS NOT NULL AS repairs
    FROM certificate_lines cl
    JOIN payment_lines l ON l.payment_id = cl.payment_id AND l.line_no = cl.line_no
    LEFT JOIN dues d ON d.enrollment_id = coalesce(l.enrollment_id, cl.enrollment_id)
    WHERE cl.certificate_no {any_of(certificates.c.certificate_no, "numbers")}
    ORDER BY cl.certificate_no, cl.payment_id, cl.line_no
""")

# Help of a record that turned out to be another one's goes on as that one's.
_EXEMPT = statement(f"""
    SELECT e.certificate_no, e.person_id, coalesce(bool_or(d.state = 'exempt'), false) AS exempt,
           coalesce(bool_or({WITHDRAWN}), false) AS withdrawn
    FROM certificate_exemptions e JOIN certificates c USING (certificate_no)
    LEFT JOIN merged_people m ON m.merged_person_id = e.person_id
    LEFT JOIN dues d ON d.person_id = coalesce(m.person_id, e.person_id)
         AND d.coverage_year = c.coverage_year AND d.county = c.county
    WHERE e.certificate_no {any_of(certificates.c.certificate_no, "numbers")} GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Cover:
    """From when to when an enrollment is covered, as one assessment has it."""

    enrollment_id: int
    revision: int
    cover_from: date | None
    cover_to: date | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """Certificates that are asked for together."""

    kind: CertificateKind
    county: str
    division_code: str
    coverage_year: int
    issued: int
    issued_at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True)
class Batch(NewBatch):
    """Those that were issued."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its content."""

    certificate_no: str
    kind: CertificateKind
    county: str
    division_code: str
    coverage_year: int
    batch_id: int | None
    content: Mapping[str, object]
    state: CertificateState
    key_id: str
    issued_at: datetime
    issued_by: str
    #: Of a unit, whose one receipt it is.
    order_no: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A payment line that a certificate is about."""

    certificate_no: str
    payment_id: int
    line_no: int
    person_id: int
    enrollment_id: int
    amount_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class CertificateExemption:
    """Somebody of a certificate whose contribution help covers."""

    certificate_no: str
    enrollment_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class ExemptStanding(ExemptionNow):
    """How the help for somebody of a certificate stands."""

    certificate_no: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Standing(LineNow):
    """How a line of a certificate stands."""

    certificate_no: str


async def covers_of(
    conn: AsyncConnection, enrollments: Sequence[int]
) -> dict[int, tuple[date | None, date | None]]:
    """From when to when these enrollments are covered, as far as registration has told it."""
    rows = await fetch_as(conn, Cover, _COVERED, enrollments=list(enrollments))
    return {row.enrollment_id: (row.cover_from, row.cover_to) for row in rows}


async def cover(conn: AsyncConnection, rows: Sequence[Cover]) -> None:
    """Keep covers; of several of an enrollment the highest revision counts."""
    newest = {row.enrollment_id: row for row in sorted(rows, key=lambda row: row.revision)}
    await execute(conn, _COVER, rows=list(newest.values()))


async def reserve(conn: AsyncConnection, division: str, issued_on: date, number: int) -> int:
    """Reserve so many numbers of a county and day; give the last one that was used before."""
    last = await fetch_value(conn, int, _RESERVE, division=division, issued_on=issued_on, number=number)
    assert last is not None
    return last - number


async def add_batch(conn: AsyncConnection, new: NewBatch) -> int:
    """Write a batch; give its id."""
    batch_id = await fetch_value(conn, int, _ADD_BATCH, rows=[new])
    assert batch_id is not None
    return batch_id


async def issue(
    conn: AsyncConnection,
    rows: Sequence[Certificate],
    lines: Sequence[CertificateLine],
    exempt: Sequence[CertificateExemption],
) -> None:
    """Write certificates with the lines that they are about, and whose contribution help covers."""
    await copy(conn, certificates, rows, *Certificate.__dataclass_fields__)
    await copy(conn, certificate_lines, lines, *CertificateLine.__dataclass_fields__)
    if exempt:
        await copy(conn, certificate_exemptions, exempt, *CertificateExemption.__dataclass_fields__)


async def find(conn: AsyncConnection, certificate_no: str) -> Certificate | None:
    """One certificate."""
    return await fetch_one_as(conn, Certificate, _FIND, certificate_no=certificate_no)


async def of_batch(conn: AsyncConnection, batch_id: int) -> list[Certificate]:
    """The certificates of a batch, by number."""
    return await fetch_as(conn, Certificate, _OF_BATCH, batch_id=batch_id)


async def find_batch(conn: AsyncConnection, batch_id: int) -> Batch | None:
    """One batch."""
    return await fetch_one_as(conn, Batch, _FIND_BATCH, batch_id=batch_id)


async def page(
    conn: AsyncConnection, division: str, wanted: Mapping[str, int | str | None], after: str, limit: int
) -> list[Certificate]:
    """Certificates within a division by number; `wanted` are conditions, of which None is none."""
    given = {name: value for name, value in wanted.items() if value is not None}
    sql = _listing(frozenset(given))
    return await fetch_as(conn, Certificate, sql, division=division, after=after, limit=limit, **given)


@cache
def _listing(given: frozenset[str]) -> Statement:
    conditions = " AND ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return statement(
        f"""
        SELECT {_COLUMNS} FROM certificates c
        WHERE {conditions} AND {_SAYS} AND c.certificate_no > :after
          AND c.division_code LIKE CAST(:division AS text) || '%'
        ORDER BY c.certificate_no LIMIT :limit
        """,
        certificates.c.content,
    )


async def standing(conn: AsyncConnection, numbers: Sequence[str]) -> list[Standing]:
    """How the lines of certificates stand now."""
    return await fetch_as(conn, Standing, _STANDING, numbers=list(numbers))


async def exempt_standing(conn: AsyncConnection, numbers: Sequence[str]) -> list[ExemptStanding]:
    """How the help stands that covered people of certificates."""
    return await fetch_as(conn, ExemptStanding, _EXEMPT, numbers=list(numbers))
