"""Makes two records one person, as a second person agreed, and tells every service."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases import store as cases
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow, Gone
from libs.common.events.envelope import MergedEnrollment
from libs.common.events.registration import EnrollmentCancelled, PersonMerged
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.registration.assessments import store as assessments
from services.registration.cases.rules import SAME_PERSON
from services.registration.contests import telling
from services.registration.elsewhere import store as elsewhere
from services.registration.elsewhere.ending import end_insured_here, end_second
from services.registration.enrollments.cancelling import cancel_of_dead
from services.registration.enrollments.rules import COMPLETE
from services.registration.enrollments.tiering import look_at_households
from services.registration.life_events.doubting import keep_questions
from services.registration.merges import store
from services.registration.merges.proposing import check_heads, pair_of, people_of, subject_of
from services.registration.merges.rules import Enrolled, Pair, Year, known_of, owners, years_of_both
from services.registration.merges.store import MERGED
from services.registration.people import store as people
from services.registration.tickets.answering import settle_merged
from services.registration.unassessed import store as unassessed


async def merge_people(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Carry out the step of a case. Records that are one by now are left alone. Raises Problem."""
    first, second = people_of(case.subject)
    right, other = await people.the(conn, first), await people.the(conn, second)
    await people.take_turn(conn, right.county)
    if right.id == other.id:
        return
    pair = pair_of(right, other)
    await check_heads(conn, pair)
    await _merge(conn, pair, decision.at)
    other_way = Gone(SAME_PERSON.code, subject_of(second, first))
    await cases.close_cases(conn, [other_way], decision.at, MERGED)
    await settle_merged(conn, case, decision)
    # The office that agreed is not at hand here: who did is in the approval, and stands in the trail by name.
    approver = Caller(
        decision.approved_by or decision.by, frozenset(), (case.division_code or "").rstrip("0")
    )
    await record_lookup(
        conn, approver, operation="merge_persons", at=decision.at, person_ids=[pair.survivor, pair.merged],
        note=decision.reason,
    )  # fmt: skip


async def _merge(conn: AsyncConnection, pair: Pair, now: datetime) -> None:
    enrolled = await store.enrolled(conn, pair)
    both = years_of_both(enrolled)
    revisions = await store.join_enrollments(conn, pair, both, now)
    await end_second(conn, [pair.survivor, pair.merged], now)
    await store.join_records(conn, pair, owners(enrolled, both), known_of(pair, enrolled, both), now)
    await end_insured_here(conn, await elsewhere.complete_of(conn, [pair.survivor]), now)
    await elsewhere.look_again(conn, [pair.survivor], now)
    wards = await store.join_households(conn, pair)
    await keep_questions(conn, [pair.survivor, pair.merged], now)
    ended = [year.ends.id for year in both]
    await assessments.release(conn, ended)
    await unassessed.settle(conn, ended, [])
    await _assess_again(conn, pair, enrolled, wards, now)
    asked = [gone(enrollment_id) for enrollment_id in ended for gone in (telling.gone, telling.no_return)]
    await cases.close_cases(conn, asked, now, MERGED)
    doubted = [year.ends for year in both if year.ends.contested]
    upheld = [telling.upheld(e.id, e, e.contest_no + 1, telling.CAUSE_GONE, now) for e in doubted]
    merged = PersonMerged(
        person_id=pair.survivor,
        merged_person_id=pair.merged,
        county=pair.right.county,
        identity_digests=tuple(await store.digests(conn, pair.survivor)),
        merged_at=now,
        enrollments=tuple(_merged(year) for year in both),
        household_id=pair.right.household_id,
        division_code=pair.right.division_code,
    )
    key = str(pair.survivor)
    # In one order and under one key: whoever learns of the merge knows which enrollments ended by it.
    cancelled = [Draft(_cancelled(year, revisions[year.ends.id], now), key, now) for year in both]
    await outbox.append(conn, [*upheld, *cancelled, Draft(merged, key, now)])
    # What one record owed is not owed where the other one had died.
    await cancel_of_dead(conn, await people.open_enrollments(conn, [pair.survivor]), now)


async def _assess_again(
    conn: AsyncConnection, pair: Pair, enrolled: Sequence[Enrolled], wards: Sequence[int], now: datetime
) -> None:
    """Have what stands assessed again, with all documents and statuses; and whoever hangs on the person.

    Both numbers lead to what has ended, too.
    """
    own = await people.told_enrollments(conn, [pair.survivor])
    concerned = sorted({*own, *await people.active_enrollments(conn, wards)})
    await assessments.enqueue(conn, concerned, "data_corrected", now)
    tiered = [one.household_id for one in enrolled if one.tier is not None and one.state in COMPLETE]
    if tiered:
        # A tier that either record paid binds the household that is left no more, and the other one now.
        homes = {pair.right.household_id, pair.other.household_id, *tiered}
        await look_at_households(conn, homes, concerned, now)


def _merged(year: Year) -> MergedEnrollment:
    return MergedEnrollment(
        coverage_year=year.stands.coverage_year,
        enrollment_id=year.stands.id,
        merged_enrollment_id=year.ends.id,
    )


def _cancelled(year: Year, revision: int, now: datetime) -> EnrollmentCancelled:
    ends = year.ends
    return EnrollmentCancelled(
        enrollment_id=ends.id,
        person_id=ends.person_id,
        county=ends.county,
        coverage_year=ends.coverage_year,
        division_code=ends.division_code,
        reason=MERGED,
        revision=revision,
        cancelled_at=now,
    )
