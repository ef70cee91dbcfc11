"""Looks again at enrollments that are complete: who bears them, what came late, whether they still hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from libs.common.clock import business_date
from libs.common.events.registration import EnrollmentReassessed
from libs.common.policy import Decision, Notice, Question, Subsidy, assess, parse_question
from services.registration.assessments import rules, telling
from services.registration.assessments.answers import Answers
from services.registration.assessments.helping import HelpTold, LateHelp, help_of, late_help
from services.registration.assessments.repairing import with_repairs
from services.registration.assessments.restoring import (
    exempt_last,
    ground_of,
    present,
    standing_at,
    tell_restored,
)
from services.registration.assessments.rules import Explained
from services.registration.assessments.subject import Asked, Subject, Waiting
from services.registration.assessments.writing import Progress, Written
from services.registration.contests import telling as contest_telling
from services.registration.contests.rules import Contest, Late, Turn, causes, next_contest
from services.registration.contests.store import ContestRow
from services.registration.histories.rules import HISTORY_KNOWN
from services.registration.repairs.rules import YEARS_REPAIRED

#: What a change after completion is told as.
_STATUS_CHANGED = "status_changed"
_COMPLETED = "completed"
_DATA_CORRECTED = "data_corrected"


class Standing:
    """What assessing does about complete enrollments."""

    def __init__(self, answers: Answers, name_digest: Callable[[str], str]) -> None:
        self._answers = answers
        self._name_digest = name_digest

    def complete(self, progress: Progress, at: datetime, ids: Iterator[int], written: Written) -> None:
        """Assess at the instant of completion, by what decided it, then what became known later."""
        subject, enrollment = progress.subject, progress.subject.enrollment
        known_at = enrollment.known_at or at
        fresh = enrollment.final_assessment_id is None
        if fresh:
            progress.final_id = next(ids)
            given = rules.question_of(progress.notice, subject, at, known_at)
            explained = self._answers.explain(progress.notice, parse_question(given), given)
            progress.note(written, "final", at, progress.final_id, given, explained)
            progress.benefit = explained.benefit
            told = telling.covered(subject, progress.final_id, progress.revision, explained.benefit, at)
            written.facts.append(told)
        self._cover(progress, at, known_at, ids, written)
        if enrollment.cause == HISTORY_KNOWN or not _something_changed(subject, known_at):
            return
        decided = _decided(progress.notice, subject, at, known_at)
        now = present(subject, max(enrollment.assess_at, known_at))
        standing = self._stand(progress, at, now, decided, ids, written)
        late: LateHelp | None = None
        # Late help that was told last may have been another payment's, which went back.
        told_of_another = fresh and bool(enrollment.said_late)
        if enrollment.state == "paid" and (told_of_another or _came_later(subject, at, known_at)):
            before = () if enrollment.help_withdrawn else decided.subsidies
            late = late_help(progress.notice, subject, at, before)
        contest = partial(self._contest, progress, decided, standing, late, now, written, fresh=fresh)
        if not enrollment.help_withdrawn:
            contest()
        if late is not None and (fresh or enrollment.cause in (_STATUS_CHANGED, _DATA_CORRECTED)):
            self._after_payment(progress, late, ids, written)
        elif enrollment.cause == _DATA_CORRECTED and progress.open_id is None:
            self._tell_again(progress, at, known_at, written)
        if enrollment.help_withdrawn:
            # What was withdrawn stands again by what is told of it now, not by what was told before.
            contest()

    def _cover(
        self, progress: Progress, at: datetime, known_at: datetime, ids: Iterator[int], written: Written
    ) -> None:
        """Tell the cover anew where what is known of the years before, or was repaired, makes another one.

        The contribution stays as it was decided, and so do the facts of the person that it was decided by.
        """
        subject, enrollment = progress.subject, progress.subject.enrollment
        if subject.history is None:
            return
        now = present(subject, max(enrollment.assess_at, known_at))
        told = progress.benefit if progress.final_id is not None else _told(enrollment)
        given = rules.question_of(progress.notice, subject, at, known_at, past_known_at=now)
        explained = self._explain(progress.notice, subject, given, at)
        if explained.benefit == told:
            return
        cause = YEARS_REPAIRED if subject.repairs else HISTORY_KNOWN
        progress.final_id, progress.benefit = next(ids), explained.benefit
        progress.note(written, "cover", now, progress.final_id, given, explained)
        written.facts.append(
            telling.covered(subject, progress.final_id, progress.revision, explained.benefit, at, cause=cause)
        )

    def _explain(self, notice: Notice, subject: Subject, given: Asked, at: datetime) -> Explained:
        """What holds of a completion, with the lapsed years that were repaired."""
        if not any(one.counts for one in subject.repairs):
            return self._answers.explain(notice, parse_question(given), given)
        asked, answer = with_repairs(notice, given, subject.repairs, at)
        given.update(asked)
        return rules.explain(answer, given)

    def _stand(
        self,
        progress: Progress,
        at: datetime,
        now: datetime,
        decided: Decision,
        ids: Iterator[int],
        written: Written,
    ) -> Decision:
        """What holds by present knowledge; told when it changes who bears an exempt person's contribution."""
        subject, enrollment = progress.subject, progress.subject.enrollment
        given, answer = standing_at(progress.notice, subject, at, now)
        standing = answer.decision
        if enrollment.state != "exempt" or standing.outcome != "exempt":
            return standing
        changed = [s.as_dict() for s in standing.subsidies] != [s.as_dict() for s in decided.subsidies]
        if changed or enrollment.cause != _COMPLETED:
            progress.open_id = next(ids)
            explained = rules.explain(answer, given)
            progress.note(written, "standing", at, progress.open_id, given, explained)
            owed = self._answers.owed(progress.notice, subject, at, now)
            schedule = telling.exempt_schedule(at, answer, owed)
            cause = enrollment.cause if enrollment.cause != _COMPLETED else _STATUS_CHANGED
            more = {"cause": cause, "after_payment": False, "late_subsidies": []}
            progress.publish(written, EnrollmentReassessed, schedule, more, self._name_digest)
        return standing

    def _contest(
        self,
        progress: Progress,
        decided: Decision,
        standing: Decision,
        late: LateHelp | None,
        now: datetime,
        written: Written,
        *,
        fresh: bool,
    ) -> None:
        """Contest the enrollment when its reason fell away, and uphold it when the doubt went away."""
        subject, row = progress.subject, progress.subject.enrollment
        first_day = row.benefit_from if progress.final_id is None else (progress.benefit or (None,))[0]
        before = Contest(row.contest_no, tuple(row.contested or ()), tuple(row.upheld or ()))
        known, doubted = before, before.contested
        ground = ground_of(
            progress, decided, standing, now, benefit_from=first_day, doubted=doubted, late=_of(late)
        )
        found = causes(ground)
        if row.help_withdrawn and not {*found}.intersection(row.withdrawn_for or ()):
            before = replace(before, number=before.number + 1)
            tell_restored(progress, before.number, now, written)
        after, turn = next_contest(before, found)
        if after != known:
            told = help_of(decided, late, _left(progress.notice, subject, late, now))
            _tell_turn(row, after, turn, told, now, written)

    def _tell_again(self, progress: Progress, at: datetime, known_at: datetime, written: Written) -> None:
        """Tell who somebody complete is, and where: numbers, names and households are corrected later.

        Who is exempt stays so until an officer decides, and is told with who bears them as before.
        """
        progress.revision += 1
        paid = progress.subject.enrollment.state == "paid"
        schedule = self._answers.owed(progress.notice, progress.subject, at, known_at)
        if not paid:
            schedule = telling.exempt_schedule(at, exempt_last(progress, at, known_at), schedule)
        more: dict[str, object] = {"cause": _DATA_CORRECTED, "after_payment": paid, "late_subsidies": []}
        progress.publish(written, EnrollmentReassessed, schedule, more, self._name_digest)

    def _after_payment(
        self, progress: Progress, late: LateHelp, ids: Iterator[int], written: Written
    ) -> None:
        """Say what the notice still grants, on top of what was decided at payment, by what is known now."""
        progress.open_id = next(ids)
        explained = rules.explain(late.answer, late.given)
        told = list(late.told)
        progress.note(written, "after_payment", late.at, progress.open_id, late.given, explained, told)
        more = {"cause": _STATUS_CHANGED, "after_payment": True, "late_subsidies": told}
        # What is owed once the payment has gone back: also by what of a complete enrollment changes nothing.
        known = present(progress.subject, late.at)
        schedule = self._answers.owed(progress.notice, progress.subject, late.at, known)
        progress.publish(written, EnrollmentReassessed, schedule, more, self._name_digest)


def _told(enrollment: Waiting) -> tuple[date, date] | None:
    """The cover that was told last."""
    if enrollment.benefit_from is None or enrollment.benefit_to is None:
        return None
    return enrollment.benefit_from, enrollment.benefit_to


def _left(notice: Notice, subject: Subject, late: LateHelp | None, now: datetime) -> Sequence[Subsidy]:
    """The help that there would be after a withdrawal: of who paid late help, else that of paying now."""
    if subject.enrollment.state == "paid":
        return late.entitled if late is not None else ()
    asked = parse_question(rules.question_of(notice, subject, now, now))
    return assess(notice, asked, trace=False).decision.subsidies


def _of(late: LateHelp | None) -> Late | None:
    """What the causes ask of late help."""
    if late is None:
        return None
    return Late(frozenset(line["status"] for line in late.told), late.is_less_than_promised)


def _came_later(subject: Subject, at: datetime, known_at: datetime) -> bool:
    """Whether rosters said anything after a payment: heard since it was decided, or listed since it was made.

    Money that waited is decided later than it was paid.
    """
    paid_on = business_date(at)
    return rules.changed_since(subject.statuses, known_at) or any(
        said.listed_on > paid_on for said in subject.statuses
    )


def _tell_turn(
    row: Waiting, after: Contest, turn: Turn, told: HelpTold, now: datetime, written: Written
) -> None:
    """Note where the doubt in an enrollment stands now, and tell of what is new."""
    enrollment_id = row.enrollment_id
    written.contests.append(
        ContestRow(enrollment_id, after.number, list(after.contested) or None, list(after.upheld) or None)
    )
    if turn is Turn.UPHELD:
        reason = contest_telling.CAUSE_GONE
        written.facts.append(contest_telling.upheld(enrollment_id, row, after.number, reason, now))
        written.gone.append((contest_telling.gone(enrollment_id), now))
    if turn is Turn.CONTESTED:
        fact = contest_telling.contested(enrollment_id, row, after.number, after.contested, now)
        written.facts.append(fact)
    if turn in (Turn.CONTESTED, Turn.RENEWED):
        case = contest_telling.case_of(
            enrollment_id, row, after.contested, told, paid_fen=row.paid_fen or 0, at=now
        )
        written.cases.append(case)


def _decided(notice: Notice, subject: Subject, at: datetime, known_at: datetime) -> Decision:
    """What was decided at completion, by what was known then."""
    question: Question = parse_question(rules.question_of(notice, subject, at, known_at))
    return assess(notice, question, trace=False).decision


def _something_changed(subject: Subject, known_at: datetime) -> bool:
    """Whether anything may differ from what was known at completion; for most people nothing ever does.

    A status may be known then to end later, which the notice may have take its help away. What an officer
    decided of an earlier completion is not decided of this one.
    """
    enrollment = subject.enrollment
    completed_on = business_date(enrollment.completed_at or known_at)
    return (
        enrollment.cause != _COMPLETED
        or bool(enrollment.said_late)
        or bool(enrollment.contested)
        or bool(enrollment.upheld)
        or enrollment.help_withdrawn
        or subject.died_on is not None
        or subject.person.known_at > known_at
        or rules.changed_since(subject.statuses, known_at)
        or any(
            said.listed_on > completed_on or (said.ended_on is not None and said.ended_on > completed_on)
            for said in subject.statuses
        )
    )
