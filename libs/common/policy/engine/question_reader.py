"""Turns one object of the assessment contract into a Question, or names the wrong field and its mend."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, get_args

from libs.common.dates import second_of
from libs.common.policy.engine.question import NO_PARAMETERS, Event, Paid, Person, Question, Status
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.errors import QuestionMalformed

_HUKOU, _SEX, _SCHOOL = (frozenset(get_args(kind)) for kind in (v.Hukou, v.Sex, v.School))
_INSURANCE, _SERVICE = frozenset(get_args(v.InsuranceState)), frozenset(get_args(v.ServiceKind))
_EVENTS = frozenset(get_args(v.EventKind)) - {"birth"}

_MOST = 10**9
_FIRST_YEAR, _LAST_YEAR = 1850, 2199

_TOP = frozenset(
    [
        "case",
        "county",
        "year",
        "at",
        "person",
        "statuses",
        "event",
        "tier",
        "household",
        "add_ons",
        "parameters",
        "paid",
    ],
)
# A file of worked cases says these beside each question; they are read over, so it can be asked as it is.
_TOP_AND_NOTES = _TOP | {"expect", "basis", "note"}
_PERSON = frozenset(
    [
        "born",
        "sex",
        "hukou",
        "residence_permit",
        "resident_since",
        "employed",
        "parent_enrolled_in_city",
        "employee_insurance",
        "service",
        "school",
        "registered_at",
    ],
)
_STATUS = frozenset(["code", "class", "grade", "effective_on", "ended_on", "listed_on"])


def parse_question(data: Any) -> Question:
    """Read one object of the contract (assessment contract, version 1).

    Raises QuestionMalformed naming the field, in both languages. Unknown fields are refused, because a
    misspelled field would silently change an amount.
    """
    if not isinstance(data, Mapping):
        raise QuestionMalformed("(line)", "must be a JSON object", "每行须是一个 JSON 对象")
    _known(data, _TOP_AND_NOTES, "")
    get = data.get
    household, paid = get("household"), get("paid")
    return Question(
        county=_string(data, "county", ""),
        year=_integer(_needed(data, "year", ""), "year", 1),
        at=_instant(_needed(data, "at", ""), "at"),
        person=_person(_needed(data, "person", ""), data["county"]),
        statuses=_statuses(get("statuses")),
        event=_event(get("event")),
        tier=_optional_integer(get("tier"), "tier", 1),
        paid_tier=_household(household),
        add_ons=_strings(get("add_ons"), "add_ons"),
        parameters=_parameters(get("parameters")),
        paid=None if paid is None else _paid(paid),
        case=get("case"),
    )


def _person(data: Any, county: str) -> Person:
    _object(data, "person")
    _known(data, _PERSON, "person.")
    get = data.get
    state, ended_on = _insurance(get("employee_insurance"))
    service, service_ends_on, stationed = _service(get("service"), county)
    registered = get("registered_at")
    return Person(
        born=_date(_needed(data, "born", "person."), "person.born"),
        sex=_choice(get("sex"), _SEX, "person.sex"),
        hukou=_choice(_needed(data, "hukou", "person."), _HUKOU, "person.hukou"),
        residence_permit=_flag(get("residence_permit"), "person.residence_permit"),
        resident_since=_optional_date(get("resident_since"), "person.resident_since"),
        employed=None if get("employed") is None else _flag(get("employed"), "person.employed"),
        parent_enrolled_in_city=_flag(get("parent_enrolled_in_city"), "person.parent_enrolled_in_city"),
        insurance_state=state,
        insurance_ended_on=ended_on,
        service_kind=service,
        service_ends_on=service_ends_on,
        stationed_here=stationed,
        school=_choice(get("school"), _SCHOOL, "person.school"),
        registered_at=None if registered is None else _instant(registered, "person.registered_at"),
    )


def _insurance(data: Any) -> tuple[str, date | None]:
    if data is None:
        return "none", None
    where = "person.employee_insurance"
    _object(data, where)
    _known(data, frozenset(("state", "ended_on")), where + ".")
    state = _choice(data.get("state"), _INSURANCE, where + ".state") or "none"
    return state, _optional_date(data.get("ended_on"), where + ".ended_on")


def _service(data: Any, county: str) -> tuple[str, date | None, bool]:
    if data is None:
        return "none", None, False
    where = "person.service"
    _object(data, where)
    _known(data, frozenset(("kind", "ends_on", "stationed")), where + ".")
    kind = _choice(data.get("kind"), _SERVICE, where + ".kind") or "none"
    stationed = data.get("stationed")
    here = (
        stationed in ("county", county)
        if isinstance(stationed, str)
        else _flag(stationed, where + ".stationed")
    )
    return kind, _optional_date(data.get("ends_on"), where + ".ends_on"), here


def _statuses(data: Any) -> tuple[Status, ...]:
    if not data:
        if data is None or data == []:
            return ()
        raise _wrong("statuses", "must be a list", "须是列表")
    rows = [_status(row, f"statuses[{i}]") for i, row in enumerate(_array(data, "statuses"))]
    return tuple(rows) if len(rows) < 2 else tuple(sorted(rows, key=Status.sort_key))


def _status(row: Any, where: str) -> Status:
    _object(row, where)
    _known(row, _STATUS, where + ".")
    get = row.get
    return Status(
        code=_string(row, "code", where + "."),
        effective_on=_date(_needed(row, "effective_on", where + "."), where + ".effective_on"),
        listed_on=_optional_date(_needed(row, "listed_on", where + ".", null=True), where + ".listed_on"),
        status_class=None if get("class") is None else _string(row, "class", where + "."),
        grade=_optional_integer(get("grade"), where + ".grade", 1),
        ended_on=_optional_date(get("ended_on"), where + ".ended_on"),
    )


def _event(data: Any) -> Event | None:
    if data is None:
        return None
    _object(data, "event")
    _known(data, frozenset(("kind", "on")), "event.")
    kind = _choice(_needed(data, "kind", "event."), _EVENTS, "event.kind")
    return Event(kind, _date(_needed(data, "on", "event."), "event.on"))


def _household(data: Any) -> int | None:
    if data is None:
        return None
    _object(data, "household")
    _known(data, frozenset(("paid_tier",)), "household.")
    return _optional_integer(data.get("paid_tier"), "household.paid_tier", 1)


def _paid(data: Any) -> Paid:
    _object(data, "paid")
    _known(data, frozenset(("at", "amount_fen")), "paid.")
    amount = _integer(_needed(data, "amount_fen", "paid."), "paid.amount_fen", 0)
    return Paid(_instant(_needed(data, "at", "paid."), "paid.at"), amount)


def _parameters(data: Any) -> Mapping[str, Any]:
    if not data and (data is None or data == {}):
        return NO_PARAMETERS
    _object(data, "parameters")
    for name, value in data.items():
        if name.endswith("_fen") and value is not None:
            _integer(value, f"parameters.{name}", 0)
    return data


def _wrong(field: str, en: str, zh: str) -> QuestionMalformed:
    return QuestionMalformed(field, en, zh)


def _known(data: Mapping, known: frozenset[str], prefix: str) -> None:
    if data.keys() <= known:
        return
    name = sorted(data.keys() - known)[0]
    raise _wrong(
        f"{prefix}{name}",
        "is not a field of the contract; check its spelling",
        "契约中没有这个字段，请检查拼写",
    )


def _needed(data: Mapping, name: str, prefix: str, null: bool = False) -> Any:
    value = data.get(name)
    if value is None and not (null and name in data):
        raise _wrong(f"{prefix}{name}", "is required; add it", "必填，请补上")
    return value


def _object(data: Any, field: str) -> None:
    if not isinstance(data, Mapping):
        raise _wrong(field, "must be an object", "须是对象")


def _array(data: Any, field: str) -> list:
    if not isinstance(data, list | tuple):
        raise _wrong(field, "must be a list", "须是列表")
    return data


def _string(data: Mapping, name: str, prefix: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(f"{prefix}{name}", "is required and must be text", "必填，须是文字")
    return value


def _strings(data: Any, field: str) -> tuple[str, ...]:
    if not data and data in (None, []):
        return ()
    if not all(isinstance(item, str) for item in _array(data, field)):
        raise _wrong(field, "must be a list of texts", "须是文字列表")
    return tuple(sorted(set(data)))


def _integer(value: Any, field: str, least: int) -> int:
    if type(value) is not int or not least <= value <= _MOST:
        span = f"{least} … {_MOST}"
        raise _wrong(field, f"must be a whole number in {span}", f"须是整数，范围 {span}")
    return value


def _optional_integer(value: Any, field: str, least: int) -> int | None:
    return None if value is None else _integer(value, field, least)


def _flag(value: Any, field: str) -> bool:
    if value is None:
        return False
    if value is True or value is False:
        return value
    raise _wrong(field, "must be true or false", "须是 true 或 false")


def _choice(value: Any, choices: frozenset[str], field: str) -> str | None:
    if value is None or (isinstance(value, str) and value in choices):
        return value
    listed = ", ".join(sorted(choices))
    raise _wrong(field, f"must be one of {listed}", f"须是以下之一：{listed}")


def _parse(build: Callable[[str], Any], value: Any) -> Any:
    try:
        return build(value)
    except (TypeError, ValueError):
        return None


def _date(value: Any, field: str) -> date:
    day = _parse(date.fromisoformat, value) if isinstance(value, str) and len(value) == 10 else None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _wrong(
            field, "must be a day of the calendar, such as 2019-11-20", "须是日历上的日期，例如 2019-11-20"
        )
    return day


def _optional_date(value: Any, field: str) -> date | None:
    return None if value is None else _date(value, field)


def _instant(value: Any, field: str) -> int:
    moment = _parse(datetime.fromisoformat, value) if isinstance(value, str) and len(value) >= 17 else None
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _wrong(
            field,
            "must be an instant with offset, such as 2019-11-20T10:00:00+08:00",
            "须是带时区的时刻，例如 2019-11-20T10:00:00+08:00",
        )
    return second_of(moment)
