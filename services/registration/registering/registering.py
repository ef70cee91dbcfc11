"""Registers rows of one county: looks up, decides and writes, within the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.digests import Digests
from services.registration.assessments import store as assessments
from services.registration.households.rules import Row
from services.registration.registering import changes_store as changes
from services.registration.registering import rules, store
from services.registration.registering.admission import Admissible
from services.registration.registering.plan import Memory, Plan


async def register(
    conn: AsyncConnection,
    digests: Digests,
    county: str,
    rows: Sequence[Row],
    admissible: Admissible,
    now: datetime,
    *,
    whole_units: bool,
    memory: Memory | None = None,
    dry_run: bool = False,
) -> Plan:
    """Decide `rows` and, unless `dry_run`, write what is accepted; the plan says what became of each.

    `now` is the business instant of whoever asked; enrollments wait with it to be assessed.
    """
    if not dry_run:
        await store.take_turn(conn, county)
    known = await store.look_up(conn, county, rows)
    plan = rules.decide(rows, known, admissible, whole_units=whole_units, memory=memory)
    if not dry_run:
        await _write(conn, digests, county, plan, now)
    return plan


async def _write(conn: AsyncConnection, digests: Digests, county: str, plan: Plan, now: datetime) -> None:
    await store.give_ids(conn, plan)
    await _insert(conn, digests, county, plan, now)
    changed_households = [h for h in plan.households if h.before is not None and h.changed]
    changed_people = [p for p in plan.people if p.before is not None and p.changed]
    kept = [e for e in plan.enrollments if e.kind != "new"]
    await changes.update_households(conn, changed_households)
    await changes.update_people(conn, changed_people, now)
    await changes.update_enrollments(conn, kept, now)
    changed = [e.id for e in kept if e.kind == "changed"]
    await assessments.enqueue(conn, changed, "tier_chosen", now)
    if changed_households or changed_people:
        affected = await changes.affected(
            conn, county, [p.id for p in changed_people], [h.id for h in changed_households]
        )
        await assessments.enqueue(conn, affected, "data_corrected", now)


async def _insert(conn: AsyncConnection, digests: Digests, county: str, plan: Plan, now: datetime) -> None:
    households = [h for h in plan.households if h.before is None]
    people = [p for p in plan.people if p.before is None]
    documents = [
        (d.number, str(d.type), p.id, digests.document(d)) for p in plan.people for d in p.new_documents
    ]
    enrollments = [e for e in plan.enrollments if e.kind == "new"]
    registered = [e for e in plan.enrollments if e.kind in ("new", "reopened")]
    if households:
        await store.insert_households(conn, households)
    if people:
        await store.insert_people(conn, people, now)
    if documents:
        await store.insert_documents(conn, county, documents)
    if enrollments:
        await store.insert_enrollments(conn, enrollments, now)
    if registered:
        await store.publish_registered(conn, registered, now)
        await assessments.enqueue(conn, [e.id for e in registered], "registered", now)
