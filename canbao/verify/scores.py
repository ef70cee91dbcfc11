"""Checks of scores: what counts was agreed on by two, and frozen sheets are as they were."""

from dataclasses import dataclass
from hashlib import sha256

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Agreed:
    what: str
    approved: bool


@dataclass(slots=True)
class _Sheet:
    sheet_id: int
    document: str
    sha256: str


_AGREED = statement("""
    SELECT w.what, EXISTS (
        SELECT FROM approvals a WHERE a.subject = w.what AND a.operation = w.operation
          AND a.state = 'approved' AND a.asked_by = w.one AND a.decided_by = w.other) AS approved
    FROM (SELECT 'score-entries/' || id AS what, 'score_entry' AS operation,
                 entered_by AS one, decided_by AS other
          FROM score_entries WHERE state = 'agreed'
          UNION ALL
          SELECT 'score-sheets/' || id, 'score_sheet', asked_by, signed_by
          FROM score_sheets WHERE state = 'final') AS w
    ORDER BY w.what
""")
_SHEETS = statement("SELECT id AS sheet_id, document, sha256 FROM score_sheets ORDER BY id")


async def are_agreed_on(sources: Sources, found: Findings) -> None:
    """Entries and sheets that count have a second person, and sheets the hash as which they were frozen."""
    async for one in sources.stream("registration", _Agreed, _AGREED):
        found.compared += 1
        if not one.approved:
            found.differs(one.what, "counts, and no second person agreed to it")
    async for sheet in sources.stream("registration", _Sheet, _SHEETS):
        if sha256(sheet.document.encode()).hexdigest() != sheet.sha256:
            found.differs(f"score-sheets/{sheet.sheet_id}", "is not what its hash was made of")
