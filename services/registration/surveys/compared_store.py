"""SQL of the rows of a file beside the bases of their villages: who is new, who differs, who is left out."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from services.registration import tables
from services.registration.surveys.rules import Beside, LeftOut, SurveyRow
from services.registration.surveys.store import CURRENT, PAIRS, PERSON, RECORDED, File, season_of

_ROWS = tables.survey_rows
_READ = Records(
    _ROWS,
    *("county", "coverage_year", "division_code", "document_type", "number_digest", "content_digest"),
    alias="r",
    line=tables.import_rows.c.line,
)
_DIFFERING = statement(
    f"""
    SELECT r.line, {PERSON} AS person_id, k.id IS NULL AS is_new, k.household_no, k.head, k.name, k.sex,
           k.born, k.document_type, k.address, k.phone, k.hukou, k.hukou_kind, k.answer, k.reason, k.proof,
           k.said_by, k.said_on
    FROM {_READ}
    LEFT JOIN survey_rows k ON k.county = r.county AND k.coverage_year = r.coverage_year
     AND k.number_digest = r.number_digest AND k.division_code = r.division_code
     AND {CURRENT.format("k")}
    {RECORDED}
    WHERE k.id IS NULL OR k.content_digest <> r.content_digest
    ORDER BY r.line
""",
    *(_ROWS.c.name, _ROWS.c.address, _ROWS.c.phone, _ROWS.c.proof, _ROWS.c.said_by),
)
_LEFT_OUT = statement(
    f"""
    WITH {PAIRS}
    SELECT {PERSON} AS person_id, r.division_code, r.household_no, r.name, r.number
    FROM pair JOIN survey_rows r ON r.id = pair.known_id
    {RECORDED}
    WHERE pair.read_id IS NULL ORDER BY r.division_code, r.id
""",
    *(_ROWS.c.name, _ROWS.c.number),
)


async def differing(conn: AsyncConnection, rows: Sequence[SurveyRow]) -> list[Beside]:
    """What the bases have of those rows that are new in them or differ, in the order of the file."""
    return await fetch_as(conn, Beside, _DIFFERING, r=rows)


async def left_out(conn: AsyncConnection, file: File) -> list[LeftOut]:
    """Whom the bases of the villages of a file have and the file has not, when all of it was read."""
    return await fetch_as(conn, LeftOut, _LEFT_OUT, **await season_of(conn, file))
