"""Looks again at what an officer withdrew: it is not lost when the causes go away for which it was."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime

from libs.common.clock import business_date
from libs.common.events.registration import EnrollmentReassessed
from libs.common.policy import Answer, Decision, Notice, assess, parse_question
from services.registration.assessments import rules, telling
from services.registration.assessments.answers import Answers
from services.registration.assessments.subject import Asked, Subject
from services.registration.assessments.writing import Progress, Written
from services.registration.contests import telling as contest_telling
from services.registration.contests.rules import ENDS_COVER, Ground, Late, causes, help_fen
from services.registration.contests.store import ContestRow

#: Somebody enrolls the person again, or pays again: that asks about a cover that was left withdrawn, too.
_ASKS_AGAIN = ("registered", "completed")


def present(subject: Subject, at: datetime) -> datetime:
    """The instant of present knowledge: money may be told later than what became known of a person."""
    newest = subject.history.newest if subject.history is not None else None
    return max(at, subject.person.known_at, newest or at, *(said.known_at for said in subject.statuses))


def standing_at(notice: Notice, subject: Subject, at: datetime, now: datetime) -> tuple[Asked, Answer]:
    """What holds of a completion by what is known now."""
    given = rules.question_of(notice, subject, at, now)
    given["standing_on"] = _counted_until(notice, at, now).isoformat()
    return given, assess(notice, parse_question(given))


def exempt_last(progress: Progress, at: datetime, known_at: datetime) -> Answer:
    """What held of an exemption when it held last: the newest roster that left it, else what decided it."""
    heard = {said.known_at for said in progress.subject.statuses if said.known_at > known_at}
    for then in sorted(heard, reverse=True):
        answer = standing_at(progress.notice, progress.subject, at, then)[1]
        if answer.decision.outcome == "exempt":
            return answer
    return assess(
        progress.notice, parse_question(rules.question_of(progress.notice, progress.subject, at, known_at))
    )


def ground_of(
    progress: Progress,
    decided: Decision,
    standing: Decision,
    now: datetime,
    *,
    benefit_from: date | None,
    doubted: Collection[str] = (),
    late: Late | None = None,
) -> Ground:
    """What an enrollment rests on, by what is known at `now` of the person."""
    subject = progress.subject
    return Ground(
        progress.notice,
        decided,
        standing,
        known_on=business_date(min(now, subject.person.known_at)),
        benefit_from=benefit_from,
        died_on=subject.died_on,
        doubted=doubted,
        late=late,
        employed_on=subject.employed_on,
    )


def restore_help(
    progress: Progress,
    ids: Iterator[int],
    written: Written,
    answers: Answers,
    name_digest: Callable[[str], str],
) -> bool:
    """Let an exemption that was withdrawn stand again as it was decided; say whether it does."""
    subject, row = progress.subject, progress.subject.enrollment
    at = row.was_complete_at
    if not row.withdrawn_for or at is None:
        return False
    now = present(subject, row.assess_at)
    given, answer = standing_at(progress.notice, subject, at, now)
    standing = answer.decision
    first_day = standing.benefit[0] if standing.benefit is not None else None
    if standing.outcome != "exempt" or causes(_ground(progress, standing, now, first_day)):
        return False
    progress.open_id = next(ids)
    tell_restored(progress, row.contest_no + 1, now, written)
    # For what help was withdrawn is not asked about again while it still holds: another status bears it.
    borne = list(row.upheld or ()) or None
    written.contests.append(ContestRow(row.enrollment_id, row.contest_no + 1, None, borne))
    # What is known now decides the completion anew, its cover too: its roster may have been typed later.
    progress.note(written, "standing", now, progress.open_id, given, rules.explain(answer, given))
    more = {"cause": row.cause, "after_payment": False, "late_subsidies": []}
    owed = answers.owed(progress.notice, subject, at, now)
    schedule = telling.exempt_schedule(at, answer, owed)
    progress.publish(written, EnrollmentReassessed, schedule, more, name_digest)
    return True


def tell_restored(progress: Progress, number: int, now: datetime, written: Written) -> None:
    """Tell that nothing of an enrollment stands withdrawn any more."""
    row, reason, by = progress.subject.enrollment, contest_telling.CAUSE_GONE, progress.open_id
    told = contest_telling.restored(row.enrollment_id, row, number, reason, now, assessment_id=by)
    written.facts.append(told)
    written.restored.append(row.enrollment_id)


def look_again(progress: Progress, written: Written) -> None:
    """Ask an officer about a cover that was withdrawn, once none of the causes holds that ended it."""
    subject, row = progress.subject, progress.subject.enrollment
    at = row.completed_at or row.was_complete_at
    if at is None or not (row.withdrawn_for or row.cause in _ASKS_AGAIN):
        return
    now = present(subject, row.assess_at)
    standing = standing_at(progress.notice, subject, at, now)[1].decision
    if ENDS_COVER.intersection(causes(_ground(progress, standing, now, row.told_from))):
        written.gone.append((contest_telling.no_return(row.enrollment_id), now))
        return
    helped = row.paid_fen is not None or standing.outcome == "exempt"
    case = contest_telling.case_of_return(
        row.enrollment_id,
        row,
        row.withdrawn_for or (),
        help_fen=help_fen(standing) if helped else 0,
        paid_fen=row.paid_fen,
        at=now,
    )
    written.cases.append(case)


def _ground(progress: Progress, standing: Decision, now: datetime, benefit_from: date | None) -> Ground:
    """What a cover would rest on that began on a day; its help is what there is by what is known now."""
    return ground_of(progress, standing, standing, now, benefit_from=benefit_from)


def _counted_until(notice: Notice, completed_at: datetime, now: datetime) -> date:
    """Up to which day rosters may still change who bears what: the end of the handover that counts it."""
    completed_on, today = business_date(completed_at), business_date(now)
    for handover in notice.handovers:
        if handover.accounting_from <= completed_on <= handover.last_day:
            return min(today, handover.last_day)
    return max(today, completed_on)
