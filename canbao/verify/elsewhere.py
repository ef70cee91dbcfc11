"""Checks help for people who are insured elsewhere: granted is what two officers agreed to, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypedDict

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.db.rows import statement


class _Line(TypedDict):
    """What one payer gives."""

    amount_fen: int


@dataclass(slots=True)
class _Agreed:
    """A record that was told, as registration has it."""

    enrollment_id: int
    revision: int
    stands: bool
    lines: Sequence[_Line]


@dataclass(slots=True)
class _Kept:
    """The same in subsidy. `asked`: an officer struck help off, or is asked about it."""

    enrollment_id: int
    revision: int
    stands: bool
    granted_fen: int
    asked: bool


_RECORDS = statement("""
    SELECT id AS enrollment_id, revision, state = 'agreed' AS stands, lines FROM elsewhere_helps
    WHERE revision > 0 ORDER BY id
""")
_KEPT = statement("""
    SELECT e.enrollment_id, greatest(e.revision, e.cancelled_revision) AS revision,
           e.cancelled_at IS NULL AS stands, coalesce(g.fen, 0)::bigint AS granted_fen,
           coalesce(g.asked, false) AS asked
    FROM enrollments e LEFT JOIN (
        SELECT enrollment_id,
               sum(amount_fen - recovered_fen) FILTER (WHERE revoked_at IS NULL) AS fen,
               bool_or(EXISTS (SELECT FROM cases c WHERE c.subject = 'grants/' || grants.grant_id)
                       OR EXISTS (SELECT FROM verification_lines l
                                  WHERE l.grant_id = grants.grant_id AND l.state = 'struck_out')) AS asked
        FROM grants WHERE elsewhere GROUP BY enrollment_id
    ) AS g USING (enrollment_id)
    WHERE e.elsewhere ORDER BY e.enrollment_id
""")


async def is_as_agreed(sources: Sources, found: Findings) -> None:
    """Subsidy has every record as registration told it last, and grants what it says."""
    records = sources.stream("registration", _Agreed, _RECORDS)
    kept = sources.stream("subsidy", _Kept, _KEPT)
    async for number, record, mine in side_by_side(records, kept, attrgetter("enrollment_id")):
        found.compared += 1
        which = f"elsewhere help {number}"
        if record is None or mine is None:
            found.differs(which, f"is not in {'registration' if record is None else 'subsidy'}")
            continue
        if record.revision != mine.revision:
            found.differs(which, f"is at revision {record.revision}, but at {mine.revision} in subsidy")
        elif record.stands != mine.stands:
            ended = "subsidy" if record.stands else "registration"
            found.differs(which, f"has ended in {ended} alone")
        agreed_fen = sum(line["amount_fen"] for line in record.lines) if record.stands else 0
        if mine.granted_fen != agreed_fen and not mine.asked:
            found.differs(which, f"gives {agreed_fen} fen, but {mine.granted_fen} are granted")
