"""Checks that all services have heard the same last word about what an enrollment owes."""

from dataclasses import dataclass
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Word:
    """What a service holds of an enrollment: the newest assessment, and whether it was cancelled since.

    None says nothing about that.
    """

    enrollment_id: int
    revision: int
    cancelled: bool | None


# A cancellation of an earlier release has no revision: of those the instants decide, in each service alike.
# That an officer ended the cover is a cancellation in collection only, and takes the place of another there.
_DUES = statement("""
    SELECT enrollment_id, revision, CASE WHEN cancel_reason IS DISTINCT FROM 'withdrawn' THEN
               coalesce(cancelled_revision >= revision, cancelled_at >= assessed_at, revision = 0)
           END AS cancelled
    FROM dues ORDER BY enrollment_id
""")
_HELPED = statement("""
    SELECT enrollment_id, revision,
           coalesce(cancelled_revision >= revision, cancelled_at >= assessed_at, revision = 0) AS cancelled
    FROM enrollments WHERE NOT elsewhere ORDER BY enrollment_id
""")


async def are_the_same(sources: Sources, found: Findings) -> None:
    """Collection and subsidy hold the newest assessment of each enrollment, and whether it was cancelled."""
    dues = sources.stream("collection", _Word, _DUES)
    helped = sources.stream("subsidy", _Word, _HELPED)
    async for enrollment_id, due, mine in side_by_side(dues, helped, attrgetter("enrollment_id")):
        found.compared += 1
        if due is not None and mine is not None and due.cancelled is None:
            due.cancelled = mine.cancelled
        if due != mine:
            wrong = f"has {_told(due)} in collection, but {_told(mine)} in subsidy"
            found.differs(f"enrollment {enrollment_id}", wrong)


def _told(word: _Word | None) -> str:
    if word is None:
        return "nothing"
    return f"revision {word.revision}{' and cancelled' if word.cancelled else ''}"
