"""The facts of one question at one instant, in the form the rules look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from libs.common.dates import day_of
from libs.common.policy.engine.question import Person, Question, Status


@dataclass(frozen=True, slots=True)
class Past:
    """What the years before come to, as the notice counts them; None where the history is not known."""

    lapsed: int | None
    continuous: int | None
    due_from: int


class Facts:
    """One person at one instant: `held` are the statuses that are valid, listed and named in the notice.

    `judged` keeps every status given with its verdict, for the trace. `past` is None where the notice
    counts no history.
    """

    __slots__ = ("at", "enrolled_on", "event_days", "held", "judged", "on", "past", "person", "question")

    def __init__(self, question: Question, at: int) -> None:
        self.question, self.person, self.at = question, question.person, at
        self.on = day_of(at)
        registered = question.person.registered_at
        self.enrolled_on = self.on if registered is None or registered <= at else day_of(registered)
        self.held: tuple[Status, ...] = ()
        self.judged: list[tuple[Status, str]] = []
        self.event_days: dict[str, date] = {}
        self.past: Past | None = None


def verdict_on(status: Status, on: date, known_on: date) -> str:
    """Say whether a status is in force on a day, as far as the bureau knew on another day."""
    if status.listed_on is None or status.listed_on > known_on:
        return "not_listed"
    if status.effective_on > on:
        return "not_effective"
    if status.ended_on is not None and status.ended_on <= on:
        return "ended"
    return "counts"


def event_day(kind: str, question: Question, status_events: Mapping[str, str]) -> date | None:
    """Return the day of an event, from the event given or from the facts that say the same.

    `status_events` maps a status code to the event that its recognition is (`registered_poor` ->
    `poverty_identified`).
    """
    person = question.person
    if kind == "birth":
        return person.born
    if question.event is not None and question.event.kind == kind:
        return question.event.on
    own = _own_day(kind, person)
    if not (question.statuses and status_events):
        return own
    days = [s.identified_on or s.effective_on for s in question.statuses if status_events.get(s.code) == kind]
    return max(days if own is None else [*days, own], default=None)


def _own_day(kind: str, person: Person) -> date | None:
    if kind == "employee_insurance_ended":
        return person.insurance_ended_on if person.insurance_state == "ended" else None
    return _service_end(kind, person) if kind in ("discharged", "released") else None


def _service_end(kind: str, person: Person) -> date | None:
    forces = person.service_kind in ("military", "armed_police")
    matches = forces if kind == "discharged" else person.service_kind == "prison"
    return person.service_ends_on if matches else None
