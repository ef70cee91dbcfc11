"""Assesses enrollments that wait: claims a batch, asks the notices, writes answers and facts, set-based."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.dead_letters import reason_of, trace_of
from libs.common.db.ids import next_ids
from libs.common.db.isolation import apply_by_halves
from libs.common.events.registration import EnrollmentAssessed, EnrollmentReassessed
from libs.common.policy import Notice, Notices, Question, parse_question
from libs.common.setbacks import setback
from services.registration.assessments import rules, store, telling
from services.registration.assessments.answers import Answers
from services.registration.assessments.gathering import gather
from services.registration.assessments.restoring import look_again, present, restore_help
from services.registration.assessments.standing import Standing
from services.registration.assessments.subject import Subject, Waiting
from services.registration.assessments.writing import Progress, Written
from services.registration.enrollments.rules import ENDED
from services.registration.histories.rules import HISTORY_KNOWN, counting
from services.registration.notices import store as notices
from services.registration.tables import assessments
from services.registration.unassessed import store as unassessed
from services.registration.unassessed.store import Unassessed

#: An enrollment needs at most four assessments at once: the final one, another cover by what is known now of
#: earlier years, what holds now, and what came late.
_IDS_EACH = 4
#: Assessed between two looks at other work of the process.
_SUBJECTS_PER_TURN = 50


class Assessor:
    """Turns claimed enrollments into assessments. Keeps what people alike share, no state that matters."""

    def __init__(self, in_force: Notices, name_digest: Callable[[str], str]) -> None:
        self._in_force = in_force
        self._notices = in_force.snapshot()
        self._name_digest = name_digest
        self._answers = Answers()
        self._standing = Standing(self._answers, name_digest)
        self._kept_notices: set[str] = set()
        self._kept: set[bytes] = set()
        self._fresh: set[bytes] = set()

    async def work(self, conn: AsyncConnection, number: int) -> int:
        """Assess up to `number` waiting enrollments within the caller's transaction; give how many.

        Call `committed` after the commit.
        """
        if self._notices.version != self._in_force.version:
            self._notices = self._in_force.snapshot()  # a batch is assessed by one version of the notices
        known = [f"{county}/{year}" for county, year in self._notices]
        claimed = await store.claim(conn, known, number)
        if not claimed:
            return 0
        await self._keep_notices(conn)
        done = await apply_by_halves(
            conn, claimed, lambda rows: self._assess_part(conn, rows), most_defects=None
        )
        self._fresh = {sha for written in done.results for sha in written.explanations} - self._kept
        failed = done.refused + [failure for written in done.results for failure in written.failed]
        ids = [row.enrollment_id for row in claimed]
        await unassessed.settle(conn, ids, [_failure(row, error) for row, error in failed])
        await store.release(conn, ids)
        return len(claimed)

    async def _assess_part(self, conn: AsyncConnection, claimed: Sequence[Waiting]) -> Written:
        subjects = await gather(conn, claimed, counting(self._notices.values()))
        earlier = sum(len(self._before(subject)) for subject in subjects)
        ids = iter(await next_ids(conn, assessments, _IDS_EACH * len(claimed) + earlier))
        written = Written()
        for number_done, subject in enumerate(subjects):
            if number_done % _SUBJECTS_PER_TURN == 0:
                await asyncio.sleep(0)
            self._assess_or_leave(subject, ids, written)
        await self._write(conn, written)
        return written

    def committed(self) -> None:
        """Remember the explanations of the last batch as kept."""
        self._kept |= self._fresh
        self._kept_notices = {notice.sha256 for notice in self._notices.values()}

    async def _keep_notices(self, conn: AsyncConnection) -> None:
        """Keep the bytes of the notices before they answer: any amount can be worked out again."""
        fresh = [notice for notice in self._notices.values() if notice.sha256 not in self._kept_notices]
        await notices.keep(conn, fresh)

    async def _write(self, conn: AsyncConnection, written: Written) -> None:
        fresh = [written.explanations[sha] for sha in sorted(written.explanations.keys() - self._kept)]
        await store.share(conn, [explained.row() for explained in fresh])
        await written.keep(conn)

    def _assess_or_leave(self, subject: Subject, ids: Iterator[int], written: Written) -> None:
        """Assess, or note why it cannot be done: one enrollment must not hold up all that wait behind it."""
        sizes = written.sizes()
        try:
            self._assess(subject, ids, written)
        except Exception as error:
            written.cut(sizes)
            written.failed.append((subject.enrollment, error))

    def _assess(self, subject: Subject, ids: Iterator[int], written: Written) -> None:
        enrollment = subject.enrollment
        notice = self._notices[(enrollment.county, enrollment.coverage_year)]
        progress = Progress(subject, notice, enrollment.revision)
        if enrollment.cause == HISTORY_KNOWN and subject.history is None:
            return
        if enrollment.state in ENDED:
            if enrollment.state == "withdrawn":
                look_again(progress, written)
            if enrollment.cause == "data_corrected":
                written.facts.extend(telling.ended_again(subject))
            return
        if enrollment.completed_at is None:
            if not restore_help(progress, ids, written, self._answers, self._name_digest):
                self._open(progress, ids, written)
        else:
            self._standing.complete(progress, enrollment.completed_at, ids, written)
        if progress.revision != enrollment.revision:
            first, last = progress.benefit or (None, None)
            written.settled.append(
                {
                    "id": enrollment.enrollment_id,
                    "revision": progress.revision,
                    "assessment_id": progress.open_id,
                    "final_assessment_id": progress.final_id,
                    "benefit_from": first,
                    "benefit_to": last,
                    "known_at": enrollment.assess_at,
                }
            )

    def _open(self, progress: Progress, ids: Iterator[int], written: Written) -> None:
        """Say what is owed over the whole season, and explain what it would be right now."""
        enrollment = progress.subject.enrollment
        # What caused it may be older than what is known: a payment of the household that is told late.
        at = present(progress.subject, max(enrollment.assess_at, enrollment.said_at or enrollment.assess_at))
        earlier = [self._earlier(progress, then, ids, written) for then in self._before(progress.subject)]
        progress.open_id = next(ids)
        question = self._ask(progress, "open", at, progress.open_id, written)
        first = enrollment.cause == "registered" or enrollment.revision == 0
        more: dict[str, object] = (
            {} if first else {"cause": enrollment.cause, "after_payment": False, "late_subsidies": []}
        )
        kind = EnrollmentAssessed if first else EnrollmentReassessed
        if choices := self._choices(progress.notice, question):
            more = {**more, "choices": choices}
        if earlier:
            more = {**more, "earlier": earlier}
        schedule = self._answers.schedule(progress.notice, question)
        progress.publish(written, kind, schedule, more, self._name_digest)

    def _before(self, subject: Subject) -> Sequence[datetime]:
        """Since when something else was known than is told: before the registration, or while complete."""
        enrollment = subject.enrollment
        if enrollment.completed_at is not None or enrollment.state in ENDED:
            return ()
        if enrollment.revision:
            return rules.known_meanwhile(subject)
        if not subject.statuses:
            return ()
        return rules.known_before(self._notices[(enrollment.county, enrollment.coverage_year)], subject)

    def _earlier(
        self, progress: Progress, then: datetime, ids: Iterator[int], written: Written
    ) -> dict[str, object]:
        """Say what was owed by what was known `then`, for money that was paid before anybody was told."""
        assessment_id = next(ids)
        question = self._ask(progress, "open", then, assessment_id, written)
        return {
            "assessment_id": assessment_id,
            "revision": progress.revision,
            "assessed_at": rules.instant(then),
            "schedule": orjson.Fragment(self._answers.schedule(progress.notice, question)),
            "choices": self._choices(progress.notice, question),
        }

    def _ask(
        self, progress: Progress, kind: str, at: datetime, assessment_id: int, written: Written
    ) -> Question:
        """Ask the notice about an instant, with what was known then, and note the assessment."""
        given = rules.question_of(progress.notice, progress.subject, at, at)
        question = parse_question(given)
        explained = self._answers.explain(progress.notice, question, given)
        progress.note(written, kind, at, assessment_id, given, explained)
        return question

    def _choices(self, notice: Notice, question: Question) -> list[dict[str, object]]:
        """What each tier would cost, while none is chosen."""
        if question.tier is not None:
            return []
        return [
            {
                "tier": tier,
                "schedule": orjson.Fragment(self._answers.schedule(notice, replace(question, tier=tier))),
            }
            for tier in sorted(notice.price_rules.tiers)
        ]


def _failure(row: Waiting, error: Exception) -> Unassessed:
    """Why an enrollment could not be assessed: it is set apart, listed, and tried again on demand."""
    setback(f"enrollment {row.enrollment_id}", error)
    return Unassessed(
        row.enrollment_id,
        row.county,
        row.coverage_year,
        row.cause,
        row.assess_at,
        reason_of(error),
        trace_of(error),
    )
