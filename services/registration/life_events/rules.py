"""Answers "what does this life event say, and what does it change about the person?"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from libs.common.web.problems import Problem
from services.registration.life_events.problems import EVENT_KIND_UNKNOWN
from services.registration.people.rules import Faults, read_date, read_number
from services.registration.registering.problems import ROW_INVALID

#: The events of the assessment contract; a birth is read from the date of birth.
KINDS = (
    "poverty_identified",
    "employee_insurance_ended",
    "hukou_moved_in",
    "discharged",
    "graduated",
    "released",
    "institution_admitted",
)


@dataclass(frozen=True, slots=True)
class Reported:
    """One life event of one person."""

    line: int
    number: str
    kind: str
    on: date


def read_report(given: Any, line: int, today: date) -> Reported | Problem:
    """Read one row of a report."""
    if not isinstance(given, Mapping):
        return ROW_INVALID.problem("The row must be an object.", "该行须为对象。")
    if given.get("kind") not in KINDS:
        return EVENT_KIND_UNKNOWN.problem(known_kinds=list(KINDS))
    faults = Faults()
    document = read_number(given.get("document_type"), given.get("id_number"), today, "#/id_number", faults)
    on = read_date(given.get("on"), "#/on", faults)
    if on is None and not faults:
        faults.add("#/on", "is needed: the day it happened", "必填：发生日期")
    if document is None or on is None or faults:
        return ROW_INVALID.problem(errors=faults.found)
    return Reported(line, document.number, given["kind"], on)


def facts_after(kind: str, on: date, facts: dict[str, Any]) -> dict[str, Any]:
    """What the facts of a person say once a life event is known."""
    change = _CHANGES.get(kind)
    return facts | change(on, facts) if change else facts


_CHANGES: dict[str, Callable[[date, dict[str, Any]], dict[str, Any]]] = {
    "employee_insurance_ended": lambda on, _: {
        "employee_insurance": {"state": "ended", "ended_on": on.isoformat()}
    },
    "hukou_moved_in": lambda _, __: {"hukou": "county"},
    "discharged": lambda on, facts: {"service": facts.get("service", {}) | {"ends_on": on.isoformat()}},
    "released": lambda on, facts: {"service": facts.get("service", {}) | {"ends_on": on.isoformat()}},
    "graduated": lambda _, __: {"school": None},
}
