"""When the model has an officer look at a complete enrollment, and what follows from the decision."""

from datetime import date, datetime, timedelta

from canbao.simulate.answers import Answer, benefit_of, help_fen
from canbao.simulate.asking import Questions
from canbao.simulate.histories import statuses_of
from canbao.simulate.people import FOR_EVER, Person
from canbao.simulate.terms import Terms, day_of

#: With these the cover ends, not only the help.
ENDS_COVER = frozenset({"died", "employee_insured"})


def doubts(
    terms: Terms,
    person: Person,
    decided: Answer,
    standing: Answer,
    now: datetime,
    *,
    cover: Answer | None = None,
    less: bool = False,
) -> set[str]:
    """Why an officer has to look: never entitled, dead or insured before cover, the notice's rule.

    `cover` is the answer that says when cover begins, where that became known after the decision.
    """
    first_day = benefit_of(cover or decided)[0]
    found: set[str] = set()
    if person.died is not None and (first_day is None or person.died.on.isoformat() < first_day):
        found.add("died")
    insured = person.facts(now).get("employee_insurance") == {"state": "active"}
    if insured and person.insured is not None:
        # Who becomes an employee when cover has begun keeps it, whenever that is told.
        if first_day is None or person.insured.on.isoformat() < first_day:
            found.add("employee_insured")
    elif less or help_fen(standing) < help_fen(decided):
        found.add("never_entitled")
    if _cancelled(terms, person, decided):
        found.add("status_cancelled")
    return found


def may_return(terms: Terms, questions: Questions, person: Person, now: datetime) -> bool:
    """Whether nothing holds any more for which an officer ended a cover, and none left it so."""
    at, known_at = person.completed_at, person.decided_at
    if at is None or known_at is None or person.left_ended:
        return False
    standing, cover = questions.standing(person, at, now), questions.cover(person, at, known_at, now)
    return not ENDS_COVER & doubts(terms, person, standing, standing, now, cover=cover)


def _cancelled(terms: Terms, person: Person, decided: Answer) -> bool:
    assert person.completed_at is not None
    # What was over by then brought no help.
    earliest = day_of(person.completed_at) + timedelta(days=1)
    helped = {line["status"] for line in decided["subsidies"]}
    if person.counts is not None:
        helped |= person.promised.get(person.counts.transaction, ([], set()))[1]
    ends = [
        (str(status["code"]), date.fromisoformat(str(status["ended_on"])))
        for status in statuses_of(terms, person.told(FOR_EVER))
        if status["code"] in helped and "ended_on" in status
    ]
    return any(
        code in rule.statuses and max(rule.first, earliest) <= end < rule.until
        for rule in terms.cancelled
        for code, end in ends
    )


def cover_until(benefit: tuple[str | None, str | None], ended_at: datetime) -> tuple[str | None, str | None]:
    """What is left of a cover that an officer ended: the days before."""
    first, last = benefit
    day = day_of(ended_at)
    if first is None or first >= day.isoformat():
        return (None, None)
    before = (day - timedelta(days=1)).isoformat()
    return (first, min(last or before, before))
