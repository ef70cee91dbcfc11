"""Applies a roster: looks up, decides and writes within the caller's transaction, has people re-assessed."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.turns import in_turns
from libs.common.web.problems import Problem
from services.registration.assessments import store as assessments
from services.registration.elsewhere import store as elsewhere
from services.registration.people.documents_store import current
from services.registration.people.store import take_turn
from services.registration.rosters import rules, store
from services.registration.rosters.rules import Changes, Header, Listed, Owner


async def apply_roster(
    conn: AsyncConnection,
    header: Header,
    rows: Sequence[Listed],
    admissible: Callable[[Owner | None], Problem | None],
    *,
    now: datetime,
    sent_by: str,
    import_id: int | None = None,
    dry_run: bool = False,
    named: Collection[str] = (),
) -> Changes:
    """Decide `rows` and write what changes.

    A status of somebody who is not registered yet is kept and found when the person is. `now` is since when
    it is known; `named` are the numbers of the whole roster, where `rows` are a part of it.
    """
    await take_turn(conn, header.county)
    right = await current(conn, header.county, {*named, *(row.number for row in rows)})
    for row in rows:
        row.number = right.get(row.number, row.number)
    named = {right.get(number, number) for number in named}
    numbers = sorted({row.number for row in rows})
    owners = await store.owners(conn, header.county, sorted({*numbers, *named}))
    async for row in in_turns(rows):
        owner = owners.get(row.number)
        row.person_id = owner.person_id if owner is not None else None
        row.problem = row.problem or admissible(owner)
    on_record = await store.on_record(conn, header, owners, numbers, whole=header.mode == "replace")
    # In a thread: the history of each is folded, and a roster may be of a whole county.
    changes = await asyncio.to_thread(rules.decide, header, rows, on_record, owners, named)
    changes.not_registered_yet = sum(row.problem is None and row.number not in owners for row in rows)
    if not dry_run:
        await _write(conn, header, changes, _counts(rows, changes), owners, now, sent_by, import_id)
    return changes


def _counts(rows: Sequence[Listed], changes: Changes) -> dict[str, int]:
    return {
        "received": len(rows),
        "added": changes.added,
        "changed": changes.changed,
        "removed": changes.removed,
        "unchanged": changes.unchanged,
        "rejected": len(changes.rejected),
        "not_registered_yet": changes.not_registered_yet,
    }


async def _write(
    conn: AsyncConnection,
    header: Header,
    changes: Changes,
    counts: dict[str, int],
    owners: dict[str, Owner],
    now: datetime,
    sent_by: str,
    import_id: int | None,
) -> None:
    arrived = store.Arrived(
        county=header.county,
        coverage_year=header.coverage_year,
        status=header.status,
        department=header.department,
        listed_on=header.listed_on,
        mode=header.mode,
        import_id=import_id,
        counts=counts,
        sent_by=sent_by,
        known_at=now,
    )
    roster_id = await store.keep_roster(conn, arrived)
    missing = sorted({row.number for row in changes.stated} - owners.keys())
    owned = owners | await store.owners(conn, header.county, missing) if missing else owners
    await store.append_statements(conn, header, roster_id, changes.stated, owned, now)
    people = {owned[number].person_id for number in changes.touched if number in owned}
    affected = await store.affected(conn, header.county, header.coverage_year, sorted(people))
    await assessments.enqueue(conn, affected, "status_changed", now)
    await elsewhere.look_again(conn, people, now, header.coverage_year)
