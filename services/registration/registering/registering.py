"""Registers rows of one county: looks up, decides and writes, within the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.digests import Digests
from services.registration.assessments import store as assessments
from services.registration.elsewhere import store as elsewhere
from services.registration.enrollments import store as enrollments
from services.registration.people import store as people
from services.registration.registering import known_store, rules, store
from services.registration.registering.admission import Admission
from services.registration.registering.plan import Memory, Plan, PlannedEnrollment, PlannedPerson, Row


async def register(
    conn: AsyncConnection,
    digests: Digests,
    county: str,
    rows: Sequence[Row],
    admission: Admission,
    now: datetime,
    *,
    whole_units: bool,
    memory: Memory | None = None,
) -> Plan:
    """Decide `rows` and write what is accepted; the plan says what became of each.

    `now` is the business instant of whoever asked; enrollments wait with it to be assessed.
    """
    await people.take_turn(conn, county)
    known = await known_store.look_up(conn, county, rows)
    plan = rules.decide(rows, known, admission, whole_units=whole_units, memory=memory)
    await _write(conn, digests, county, plan, now)
    return plan


async def _write(conn: AsyncConnection, digests: Digests, county: str, plan: Plan, now: datetime) -> None:
    await store.give_ids(conn, plan)
    await _insert(conn, digests, county, plan, now)
    changed_households = [h for h in plan.households if h.before is not None and h.changed]
    changed_people = [_changed_person(p) for p in plan.people if p.before is not None and p.changed]
    kept = [e for e in plan.enrollments if e.kind != "new"]
    await store.update_households(conn, changed_households)
    await people.update(conn, changed_people, now)
    await enrollments.update(conn, [_changed_enrollment(e, now) for e in kept], now)
    changed = [e.id for e in kept if e.kind == "changed"]
    await assessments.enqueue(conn, changed, "tier_chosen", now)
    if changed_households or changed_people:
        touched = await enrollments.move_with_households(
            conn, county, [p.id for p in changed_people], [h.id for h in changed_households], now
        )
        # Whoever has another number now is found by it, also when nothing is owed any more.
        numbered = [p.id for p in plan.people if p.before is not None and p.new_documents]
        told = await people.told_enrollments(conn, numbered) if numbered else []
        await assessments.enqueue(conn, sorted({*touched, *told}), "data_corrected", now)
        await elsewhere.look_again(conn, {*numbered, *(p.id for p in changed_people)}, now)


async def _insert(conn: AsyncConnection, digests: Digests, county: str, plan: Plan, now: datetime) -> None:
    documents = [
        {"number": d.number, "type": str(d.type), "person_id": p.id, "digest": digests.document(d)}
        for p in plan.people
        for d in p.new_documents
    ]
    registered = [e for e in plan.enrollments if e.kind in ("new", "reopened")]
    await store.insert_households(conn, [h for h in plan.households if h.before is None])
    await store.insert_people(conn, [p for p in plan.people if p.before is None], now)
    await store.insert_documents(conn, county, documents, now)
    await store.insert_enrollments(conn, [e.entry() for e in registered if e.kind == "new"], now)
    await store.publish_registered(conn, [e.entry() for e in registered], now)
    await assessments.enqueue(conn, [e.id for e in registered], "registered", now)


def _changed_person(person: PlannedPerson) -> people.Changed:
    return people.Changed(
        id=person.id,
        household_id=person.household.id,
        name=person.described.name,
        sex=person.described.sex,
        born=person.described.born,
        facts=person.facts,
        guardian_id=person.guardian.id if person.guardian else None,
    )


def _changed_enrollment(planned: PlannedEnrollment, now: datetime) -> enrollments.Changed:
    reopened = planned.kind == "reopened"
    return enrollments.Changed(
        id=planned.id,
        tier=planned.tier,
        add_ons=planned.add_ons,
        state="registered" if reopened else None,
        registered_at=now if reopened else None,
        household_id=planned.person.household.id,
        division_code=planned.person.household.division_code,
    )
