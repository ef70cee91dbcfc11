"""Assesses enrollments that wait: claims a batch, asks the notices, writes answers and facts, set-based."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.dead_letters import reason_of, trace_of
from libs.common.bus.outbox import Composed, Draft
from libs.common.db.ids import next_ids
from libs.common.db.isolation import apply_by_halves
from libs.common.events.registration import EnrollmentAssessed, EnrollmentReassessed
from libs.common.policy import Notice, Notices, Question, assess, parse_question
from services.registration.assessments import rules, store
from services.registration.assessments.answers import Answers
from services.registration.assessments.gathering import gather
from services.registration.assessments.rules import Explained, Line
from services.registration.assessments.subject import Asked, Subject, Waiting
from services.registration.notices import store as notices
from services.registration.tables import assessments
from services.registration.unassessed import store as unassessed
from services.registration.unassessed.store import Unassessed

#: An enrollment needs at most two assessments at once: the final one, and one for a status known later.
_IDS_EACH = 2
#: Assessed between two looks at other work of the process.
_SUBJECTS_PER_TURN = 50

log = structlog.get_logger("canbao.registration.assess")


@dataclass(slots=True)
class Written:
    """What one batch writes."""

    assessments: list[dict[str, object]] = field(default_factory=list)
    explanations: dict[bytes, Explained] = field(default_factory=dict)
    settled: list[dict[str, object]] = field(default_factory=list)
    facts: list[Composed] = field(default_factory=list)
    failed: list[tuple[Waiting, Exception]] = field(default_factory=list)

    def sizes(self) -> tuple[int, int, int]:
        """How far it is written."""
        return len(self.assessments), len(self.settled), len(self.facts)

    def cut(self, sizes: tuple[int, int, int]) -> None:
        """Forget what was written since."""
        assessments, settled, facts = sizes
        del self.assessments[assessments:], self.settled[settled:], self.facts[facts:]


@dataclass(slots=True)
class Progress:
    """Where one enrollment stands while it is assessed."""

    subject: Subject
    notice: Notice
    revision: int
    open_id: int | None = None
    final_id: int | None = None
    benefit: tuple[date, date] | None = None


class Assessor:
    """Turns claimed enrollments into assessments. Keeps what people alike share, no state that matters."""

    def __init__(self, in_force: Notices, name_digest: Callable[[str], str]) -> None:
        self._in_force = in_force
        self._notices = in_force.snapshot()
        self._name_digest = name_digest
        self._answers = Answers()
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
        ids = iter(await next_ids(conn, assessments, _IDS_EACH * len(claimed)))
        written = Written()
        for number_done, subject in enumerate(await gather(conn, claimed)):
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
        if written.assessments:
            await store.insert(conn, written.assessments)
            await store.settle(conn, written.settled)
        await outbox.append(conn, written.facts)

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
        if enrollment.state == "cancelled":
            return
        notice = self._notices[(enrollment.county, enrollment.coverage_year)]
        progress = Progress(subject, notice, enrollment.revision)
        if enrollment.completed_at is None:
            self._open(progress, ids, written)
        else:
            self._complete(progress, enrollment.completed_at, ids, written)
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
                }
            )

    def _open(self, progress: Progress, ids: Iterator[int], written: Written) -> None:
        """Say what is owed over the whole season, and explain what it would be right now."""
        enrollment = progress.subject.enrollment
        at = enrollment.assess_at
        progress.open_id = next(ids)
        question = self._ask(progress, "open", at, progress.open_id, written)[0]
        first = enrollment.cause == "registered" or enrollment.revision == 0
        more: dict[str, object] = (
            {} if first else {"cause": enrollment.cause, "after_payment": False, "late_subsidies": []}
        )
        kind = EnrollmentAssessed if first else EnrollmentReassessed
        self._publish(progress, kind, question, more, written)

    def _complete(self, progress: Progress, at: datetime, ids: Iterator[int], written: Written) -> None:
        """Assess at the instant of completion, then what became known later."""
        subject, enrollment = progress.subject, progress.subject.enrollment
        fresh = enrollment.final_assessment_id is None or _ahead(enrollment, at)
        if fresh:
            progress.final_id = next(ids)
            _, explained = self._ask(progress, "final", at, progress.final_id, written)
            progress.benefit = explained.benefit
        if enrollment.state == "exempt":
            if enrollment.cause != "completed":
                self._open(progress, ids, written)
            return
        if not (fresh or enrollment.cause == "status_changed") or not rules.changed_since(
            subject.statuses, at
        ):
            return
        self._after_payment(progress, at, ids, written)

    def _after_payment(self, progress: Progress, at: datetime, ids: Iterator[int], written: Written) -> None:
        """Say what the notice still grants, on top of what was decided at payment, by what is known now."""
        subject, enrollment = progress.subject, progress.subject.enrollment
        now = max(enrollment.assess_at, rules.last_change(subject.statuses))
        given = rules.question_of(subject, now, now, (at, enrollment.paid_fen or 0))
        question = parse_question(given)
        answer = assess(progress.notice, question)
        decided = assess(progress.notice, parse_question(rules.question_of(subject, at, at)), trace=False)
        late = rules.late_subsidies(answer.subsidies, decided.subsidies) if answer.outcome == "paid" else []
        progress.open_id = next(ids)
        explained = rules.explain(answer, given)
        _note(progress, "after_payment", now, progress.open_id, given, explained, written, late)
        more: dict[str, object] = {"cause": "status_changed", "after_payment": True, "late_subsidies": late}
        self._publish(progress, EnrollmentReassessed, question, more, written)

    def _ask(
        self, progress: Progress, kind: str, at: datetime, assessment_id: int, written: Written
    ) -> tuple[Question, Explained]:
        """Ask the notice about an instant, with what was known then, and note the assessment."""
        given = rules.question_of(progress.subject, at, at)
        question = parse_question(given)
        explained = self._answers.explain(progress.notice, question, given)
        _note(progress, kind, at, assessment_id, given, explained, written)
        return question, explained

    def _publish(
        self,
        progress: Progress,
        kind: type[EnrollmentAssessed],
        question: Question,
        more: Mapping[str, object],
        written: Written,
    ) -> None:
        subject, enrollment = progress.subject, progress.subject.enrollment
        fact = rules.assessed_fact(
            subject,
            assessment_id=progress.open_id or 0,
            revision=progress.revision,
            notice=progress.notice.ref,
            name_digest=self._name_digest(subject.person.name),
            schedule=self._answers.schedule(progress.notice, question),
            assessed_at=enrollment.assess_at,
        )
        body = orjson.dumps({**fact, **more})
        written.facts.append(Draft.composed(kind, body, str(enrollment.person_id), enrollment.assess_at))


def _failure(row: Waiting, error: Exception) -> Unassessed:
    """Why an enrollment could not be assessed: it is set apart, listed, and tried again on demand."""
    reason = reason_of(error)
    log.error("assessment_failed", enrollment_id=row.enrollment_id, reason=reason)
    return Unassessed(
        row.enrollment_id,
        row.county,
        row.coverage_year,
        row.cause,
        row.assess_at,
        reason,
        trace_of(error),
    )


def _ahead(enrollment: Waiting, completed_at: datetime) -> bool:
    """Whether something became known before a completion that a grant dated ahead."""
    return enrollment.cause != "completed" and enrollment.assess_at <= completed_at


def _note(
    progress: Progress,
    kind: str,
    at: datetime,
    assessment_id: int,
    given: Asked,
    explained: Explained,
    written: Written,
    late: Sequence[Line] | None = None,
) -> None:
    """Note one assessment."""
    enrollment = progress.subject.enrollment
    progress.revision += 1
    written.explanations[explained.sha] = explained
    written.assessments.append(
        {
            "id": assessment_id,
            "county": enrollment.county,
            "coverage_year": enrollment.coverage_year,
            "enrollment_id": enrollment.enrollment_id,
            "person_id": enrollment.person_id,
            "revision": progress.revision,
            "kind": kind,
            "cause": enrollment.cause,
            "question": given,
            "explanation_sha": explained.sha,
            "notice_sha": progress.notice.sha256,
            "late_subsidies": late,
            "assessed_at": at,
        }
    )
