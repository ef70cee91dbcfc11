"""Answers "what does this row ask for?": a household, its members, their enrollment, read with all faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from libs.common.divisions import DivisionCodeInvalid, Level, level_of, parse_division_code
from libs.common.identity import clean_number
from libs.common.web.problems import FieldError, Problem
from services.registration.people.rules import Described, Faults, check_texts, read_person
from services.registration.registering.problems import NO_HEAD, ROW_INVALID

_LONGEST_NO = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one person: enrollment for a year, with a tier and add-ons (None: as it is)."""

    year: int
    tier: int | None = None
    add_ons: tuple[str, ...] | None = None


@dataclass(slots=True)
class Row:
    """One member of a household. `line` is its place in the input, `unit` what is rejected as a whole."""

    line: int
    unit: int
    county: str
    household_no: str
    division_code: str
    address: str | None
    head: bool
    person: Described
    wish: Wish | None
    problem: Problem | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be registered, and why."""

    line: int
    unit: int
    problem: Problem


def read_household(
    given: Any, index: int, today: date, county_of: Callable[[str], str | None]
) -> list[Row] | Rejected:
    """Read one household of a batch. `county_of` finds the county of a village where the row names none."""
    if not isinstance(given, dict):
        return _rejected(index, [FieldError("", "must be an object", "须为对象")])
    faults = Faults()
    household_no = read_household_no(given.get("household_no"), "#/household_no", faults)
    division_code = read_division(given.get("division_code"), "#/division_code", faults)
    address = _read_address(given.get("address"), faults)
    county, wish = _read_wish(given.get("enroll"), faults)
    county = county or given.get("county") or county_of(division_code)
    if not isinstance(county, str):
        faults.add(
            "#/county",
            "cannot be told from the village: name the county of the notice",
            "无法由村（社区）代码确定县，请填写通知所在县",
        )
    members = _read_members(given.get("members"), today, faults)
    if faults:
        return _rejected(index, faults.found)
    head = given.get("head")
    head = clean_number(head) if isinstance(head, str) else None
    rows = [
        Row(
            index,
            index,
            str(county),
            household_no,
            division_code,
            address,
            any(document.number == head for document in person.documents),
            person,
            wish,
        )
        for person in members
    ]
    if head is not None and not any(row.head for row in rows):
        return Rejected(index, index, NO_HEAD.problem())
    return rows


def _read_members(given: Any, today: date, faults: Faults) -> list[Described]:
    if not isinstance(given, list) or not given or not all(isinstance(member, dict) for member in given):
        faults.add(
            "#/members", "needs at least one member, each an object", "至少需要一名成员，每名成员为一个对象"
        )
        return []
    return [read_person(member, f"#/members/{number}", today, faults) for number, member in enumerate(given)]


def _read_address(given: Any, faults: Faults) -> str | None:
    if given is None:
        return None
    if isinstance(given, str):
        check_texts([given], "#/address", faults)
        return given.strip() or None
    faults.add("#/address", "must be text", "须为文本")
    return None


def _read_wish(given: Any, faults: Faults) -> tuple[str | None, Wish | None]:
    if given is None:
        return None, None
    if not isinstance(given, Mapping):
        faults.add("#/enroll", 'must be an object {"county", "year"}', '须为对象 {"county", "year"}')
        return None, None
    county, year, tier, add_ons = (given.get(name) for name in ("county", "year", "tier", "add_ons"))
    if not isinstance(county, str) or not county:
        faults.add("#/enroll/county", "is needed, as text", "必填，须为文本")
    if type(year) is not int:
        faults.add("#/enroll/year", "is needed, as a whole number", "必填，须为整数")
    if tier is not None and (type(tier) is not int or not 1 <= tier <= 99):
        faults.add("#/enroll/tier", "must be a whole number from 1 to 99", "须为 1 至 99 的整数")
    if add_ons is not None and not _is_texts(add_ons):
        faults.add("#/enroll/add_ons", "must be a list of texts", "须为文本列表")
    elif add_ons is not None:
        check_texts(add_ons, "#/enroll/add_ons", faults)
    if faults:
        return None, None
    return county, Wish(year, tier, None if add_ons is None else tuple(sorted(set(add_ons))))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def read_household_no(given: Any, pointer: str, faults: Faults) -> str:
    """Read the number of a household: 1 to 40 printable characters."""
    number = given.strip() if isinstance(given, str) else ""
    if not number or len(number) > _LONGEST_NO or not number.isprintable():
        faults.add(pointer, f"is needed: 1 to {_LONGEST_NO} characters", f"必填：1 至 {_LONGEST_NO} 个字符")
    return number


def read_division(given: Any, pointer: str, faults: Faults) -> str:
    """Read the code of a village: 12 digits."""
    try:
        code = parse_division_code(given if isinstance(given, str) else "")
    except DivisionCodeInvalid as invalid:
        faults.add(pointer, str(invalid), invalid.message_zh)
        return ""
    if level_of(code) is not Level.VILLAGE:
        faults.add(
            pointer,
            "must be the code of a village or community; this one is of a higher division",
            "须填写村（社区）级 12 位代码，当前为上级区划代码",
        )
    return code


def _rejected(index: int, errors: list[FieldError]) -> Rejected:
    return Rejected(index, index, ROW_INVALID.problem(errors=errors))
