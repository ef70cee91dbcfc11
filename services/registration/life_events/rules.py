"""What a report of a life event says, and what the event changes about the person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from pydantic import JsonValue, ValidationError

from libs.common.identity import DocumentType
from libs.common.policy.engine.contract import Contract, Day
from libs.common.policy.format import vocabulary
from libs.common.web.problems import Problem
from libs.common.web.translations import row_errors
from services.registration.life_events.problems import EVENT_KIND_UNKNOWN
from services.registration.people.rules import Facts, IdNumber
from services.registration.registering.problems import ROW_INVALID

#: The person died: who had not paid owes nothing any more, who is covered before cover began is contested.
DIED: Final = "died"
#: The person is insured as an employee from now on.
EMPLOYEE_INSURANCE_BEGAN = "employee_insurance_began"
#: The events of our own: the contract does not ask about them; a person's facts or cover change with them.
OwnKind = Literal["died", "employee_insurance_began"]
#: They count by their day, whenever they are told.
OWN_KINDS: tuple[str, ...] = get_args(OwnKind)
#: The events of the contract and our own; a birth is read from the date of birth.
Kind = Literal[vocabulary.ReportedEvent, OwnKind]
KINDS: tuple[str, ...] = get_args(Kind)


class ReportGiven(Contract):
    """What happened to one person, and when."""

    document_type: DocumentType | None = None
    id_number: IdNumber
    kind: Kind
    on: Day


@dataclass(frozen=True, slots=True)
class Reported:
    """One life event of one person."""

    line: int
    number: str
    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class Told:
    """An event on record, with the facts that it changes, as they were when it was told."""

    id: int
    kind: str
    happened_on: date
    facts_before: Facts
    withdrawn: bool


def read_report(given: object, line: int, today: date) -> Reported | Problem:
    """Read one row of a report."""
    try:
        report = ReportGiven.model_validate(given, context={"today": today})
    except ValidationError as error:
        if isinstance(given, Mapping) and given.get("kind") is not None and _is_about_kind(error):
            return EVENT_KIND_UNKNOWN.problem(known_kinds=list(KINDS))
        return ROW_INVALID.problem(errors=row_errors(error))
    return Reported(line, report.id_number.number, report.kind, report.on)


def _is_about_kind(error: ValidationError) -> bool:
    return any(fault["loc"] == ("kind",) for fault in error.errors(include_url=False))


def facts_after(kind: str, on: date, facts: Facts) -> Facts:
    """What the facts of a person say once a life event is known."""
    change = _CHANGES.get(kind)
    return facts | change(on, facts) if change else facts


def facts_replaced(kind: str, on: date, facts: Facts) -> Facts:
    """The members of a person's facts that an event changes, as they were; null for one that was absent."""
    return {name: facts.get(name) for name in _changed(kind, on, facts)}


def facts_without(facts: Facts, event_id: int, events: Sequence[Told]) -> Facts:
    """The facts without an event that did not happen, by what is told to have happened, in its order.

    What another event says stays said, and what was corrected since stays as it is.
    """
    (wrong,) = (event for event in events if event.id == event_id)
    others = [event for event in events if event is not wrong]
    found = dict(facts)
    for name in wrong.facts_before:
        if facts.get(name) == _said(name, events, events):
            found[name] = _said(name, events, others)
    return {name: value for name, value in found.items() if value is not None}


def _said(name: str, events: Sequence[Told], some: Sequence[Told]) -> JsonValue:
    """What some of the events make of a fact; all of them tell what it was before, also when corrected."""
    value: JsonValue = None
    seen: list[JsonValue] = []
    for event in events:
        if name not in event.facts_before:
            continue
        before = event.facts_before[name]
        if before not in seen:
            value = before  # as it was in the beginning, or was corrected in between
        seen += [before, _changed(event.kind, event.happened_on, {name: before})[name]]
        if event in some and not event.withdrawn:
            value = _changed(event.kind, event.happened_on, {name: value})[name]
    return value


def _changed(kind: str, on: date, facts: Facts) -> Facts:
    change = _CHANGES.get(kind)
    return change(on, facts) if change else {}


def _service_ended(on: date, facts: Facts) -> Facts:
    service = facts.get("service")
    known = service if isinstance(service, dict) else {}
    return {"service": known | {"ends_on": on.isoformat()}}


_CHANGES: dict[str, Callable[[date, Facts], Facts]] = {
    "employee_insurance_ended": lambda on, _: {
        "employee_insurance": {"state": "ended", "ended_on": on.isoformat()}
    },
    "employee_insurance_began": lambda _, __: {"employee_insurance": {"state": "active"}},
    "hukou_moved_in": lambda _, __: {"hukou": "county"},
    "discharged": _service_ended,
    "released": _service_ended,
    "graduated": lambda _, __: {"school": None},
}
