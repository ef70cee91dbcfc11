"""Turns one object of the assessment contract into a Question, or names the wrong member and its mend."""

from collections.abc import Mapping
from datetime import date, timedelta

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from libs.common.dates import second_of
from libs.common.policy.engine.contract import (
    MOST,
    Asked,
    HistoryAsked,
    InsuranceAsked,
    PersonAsked,
    ServiceAsked,
    StatusAsked,
)
from libs.common.policy.engine.question import (
    NO_PARAMETERS,
    Event,
    History,
    Paid,
    Person,
    Question,
    Status,
)
from libs.common.policy.format.errors import QuestionMalformed

_UNKNOWN = "is not a field of the contract; check its spelling", "契约中没有这个字段，请检查拼写"
_REQUIRED = "is required; add it", "必填，请补上"
_SAYINGS = {
    "extra_forbidden": _UNKNOWN,
    "missing": _REQUIRED,
    "model_type": ("must be an object", "须是对象"),
    "dict_type": ("must be an object", "须是对象"),
    "list_type": ("must be a list", "须是列表"),
}
_NO_INSURANCE, _NO_SERVICE = InsuranceAsked(), ServiceAsked()


def parse_question(data: object) -> Question:
    """Read one object of the contract (assessment contract, version 2).

    Raises QuestionMalformed naming the member, in both languages. Unknown members are refused, because a
    misspelled one would silently change an amount.
    """
    try:
        asked = Asked.model_validate(data)
    except ValidationError as error:
        raise _malformed(error) from None
    event, household, paid = asked.event, asked.household, asked.paid
    return Question(
        county=asked.county,
        year=asked.year,
        at=second_of(asked.at),
        person=_person(asked.person, asked.county),
        statuses=_statuses(asked.statuses) if asked.statuses else (),
        event=None if event is None else Event(event.kind, event.on),
        tier=asked.tier,
        paid_tier=None if household is None else household.paid_tier,
        add_ons=tuple(sorted(set(asked.add_ons))) if asked.add_ons else (),
        parameters=_parameters(asked.parameters) if asked.parameters else NO_PARAMETERS,
        paid=None if paid is None else Paid(second_of(paid.at), paid.amount_fen),
        standing_on=asked.standing_on,
        repair_years=asked.repair_years,
        repaid_years=asked.repaid_years,
        case=asked.case,
    )


def person_of(facts: Mapping[str, object], county: str) -> Person:
    """Read the facts about a person alone, in the form of the contract."""
    return _person(PersonAsked.model_validate(facts), county)


def _person(asked: PersonAsked, county: str) -> Person:
    insurance, service = asked.employee_insurance or _NO_INSURANCE, asked.service or _NO_SERVICE
    return Person(
        born=asked.born,
        sex=asked.sex,
        hukou=asked.hukou,
        residence_permit=asked.residence_permit or False,
        resident_since=asked.resident_since,
        employed=asked.employed,
        parent_enrolled_in_city=asked.parent_enrolled_in_city or False,
        insurance_state=insurance.state or "none",
        insurance_ended_on=insurance.ended_on,
        service_kind=service.kind or "none",
        service_ends_on=service.ends_on,
        stationed_here=service.stationed in (True, "county", county),
        school=asked.school,
        registered_at=None if asked.registered_at is None else second_of(asked.registered_at),
        history=None if asked.history is None else _history(asked.history),
        hukou_kind=asked.hukou_kind,
    )


def _history(asked: HistoryAsked) -> History:
    return History(frozenset(asked.insured_years), asked.due_from_year)


def _statuses(asked: list[StatusAsked]) -> tuple[Status, ...]:
    rows = [
        Status(
            code=row.code,
            effective_on=row.effective_on,
            listed_on=row.listed_on,
            status_class=row.status_class,
            grade=row.grade,
            ended_on=row.ended_on,
            identified_on=row.identified_on or first,
        )
        for row, first in zip(asked, _first_days(asked), strict=True)
    ]
    return tuple(rows) if len(rows) < 2 else tuple(sorted(rows, key=Status.sort_key))


def _first_days(asked: list[StatusAsked]) -> list[date | None]:
    """The first day of the unbroken run of each version; None where it is the version's own.

    A version goes on with the run before it when it begins no later than the day after that has ended.
    """
    days: list[date | None] = [None] * len(asked)
    if len(asked) == 1:
        return days
    order = sorted(range(len(asked)), key=lambda at: (asked[at].code, asked[at].effective_on))
    code, first, last = "", date.min, date.min
    for at in order:
        row = asked[at]
        if row.code != code or (row.effective_on > last and row.effective_on - last > timedelta(days=1)):
            code, first, last = row.code, row.effective_on, date.min
        days[at] = first if first < row.effective_on else None
        last = max(last, row.ended_on or date.max)
    return days


def _parameters(given: Mapping[str, object]) -> Mapping[str, object]:
    """Which parameters there are is said by the notice; amounts are whole fen in any."""
    for name, value in given.items():
        if not name.endswith("_fen") or value is None:
            continue
        if type(value) is not int or not 0 <= value <= MOST:
            span = f"0 … {MOST}"
            raise QuestionMalformed(
                f"parameters.{name}", f"must be a whole number in {span}", f"须是整数，范围 {span}"
            )
    return given


def _malformed(error: ValidationError) -> QuestionMalformed:
    """The first thing that is wrong; a member that nobody knows may be why another one is missing."""
    faults = error.errors(include_url=False)
    unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
    fault = (sorted(unknown, key=lambda fault: str(fault["loc"])) or faults)[0]
    if not fault["loc"]:
        return QuestionMalformed("(line)", "must be a JSON object", "每行须是一个 JSON 对象")
    return QuestionMalformed(_field(fault), *_saying(fault))


def _saying(fault: ErrorDetails) -> tuple[str, str]:
    if fault["type"] != "contract":
        return _SAYINGS.get(fault["type"], ("has a value that is not accepted", "取值不符合要求"))
    message_zh = str(fault["ctx"]["message_zh"])
    if fault["input"] is None and not fault["msg"].startswith("is required"):
        return _REQUIRED
    return fault["msg"], message_zh


def _field(fault: ErrorDetails) -> str:
    """`statuses[0].listed_on`"""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"])
    return "".join(steps).removeprefix(".")
