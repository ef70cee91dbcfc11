"""SQL of what assessments said before the newest: whoever paid then is judged by them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.dues import exemptions_store, store
from services.collection.dues.rules import ExemptBefore, FoundDue, Stated
from services.collection.dues.store import AssessedDue, read_choices, read_schedule
from services.collection.tables import due_schedules


@dataclass(frozen=True, slots=True)
class _Kept:
    enrollment_id: int
    assessment_id: int | None
    revision: int
    assessed_at: datetime | None
    schedule: str
    tier: int | None
    choices: str
    name_digest: str | None

    @property
    def stated(self) -> Stated:
        return Stated(
            self.assessment_id,
            self.revision,
            self.assessed_at,
            read_schedule(self.schedule),
            self.tier,
            read_choices(self.choices),
            self.name_digest,
        )


_ROWS = Records(due_schedules)
# Of the assessments that arrive and those that are there, all but the newest stay here.
_SUPERSEDE = statement(f"""
    INSERT INTO due_schedules ({_ROWS.names})
    SELECT {", ".join(f"d.{name}" for name in _ROWS.columns)}
    FROM dues d JOIN (SELECT enrollment_id, max(revision) AS revision FROM {_ROWS} GROUP BY 1) n
      ON n.enrollment_id = d.enrollment_id AND n.revision > d.revision
    WHERE d.revision > 0 ORDER BY d.enrollment_id
    ON CONFLICT DO NOTHING
""")
_LATE = statement(f"""
    INSERT INTO due_schedules ({_ROWS.names})
    SELECT {", ".join(f"rows.{name}" for name in _ROWS.columns)}
    FROM {_ROWS} JOIN dues d ON d.enrollment_id = rows.enrollment_id AND d.revision > rows.revision
    ORDER BY rows.enrollment_id, rows.revision
    ON CONFLICT DO NOTHING
""")
_EARLIER = statement(f"""
    SELECT enrollment_id, assessment_id, revision, assessed_at, schedule::text AS schedule, tier,
           choices::text AS choices, name_digest
    FROM due_schedules WHERE enrollment_id {any_of(due_schedules.c.enrollment_id, "ids")}
""")


async def upsert(conn: AsyncConnection, told: Sequence[AssessedDue]) -> set[int]:
    """Write assessments, several of an enrollment if need be; give enrollments that have a new newest."""
    newest: dict[int, AssessedDue] = {}
    for one in told:
        best = newest.get(one.enrollment_id)
        if best is None or best.revision < one.revision:
            newest[one.enrollment_id] = one
    later = [one for one in told if one.revision > 1]
    await execute(conn, _SUPERSEDE, rows=later)
    news = await store.upsert(conn, list(newest.values()))
    late = [one for one in told if one.enrollment_id not in news or one is not newest[one.enrollment_id]]
    await execute(conn, _LATE, rows=late)
    return news


async def found(conn: AsyncConnection, digests: Sequence[str], people: Sequence[int]) -> list[FoundDue]:
    """All dues of these identities and persons, of any county and year, with what was said before."""
    dues = await store.found(conn, digests, people)
    ids = sorted({one.due.enrollment_id for one in dues if one.due.revision > 1})
    if not ids:
        return dues
    earlier: dict[int, list[Stated]] = defaultdict(list)
    for kept in await fetch_as(conn, _Kept, _EARLIER, ids=ids):
        earlier[kept.enrollment_id].append(kept.stated)
    exempt = sorted({one.due.enrollment_id for one in dues if one.due.exempt_at is not None} & set(ids))
    ended = await exemptions_store.ended(conn, exempt)
    return [
        replace(one, due=replace(one.due, earlier=tuple(before), exempted_before=_of(one, ended)))
        if (before := earlier.get(one.due.enrollment_id))
        else one
        for one in dues
    ]


def _of(one: FoundDue, ended: Mapping[int, Sequence[ExemptBefore]]) -> tuple[ExemptBefore, ...]:
    return tuple(ended.get(one.due.enrollment_id, ()))
