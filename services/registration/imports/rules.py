"""Answers "what does this line of a file say?": a member of a household, or a row of a status roster.

Made for hundreds of thousands of lines: what many people have in common is read once.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from libs.common.identity import clean_number
from libs.common.web.problems import FieldError
from services.registration.households.rules import Rejected, Row, Wish, read_division, read_household_no
from services.registration.imports.columns import FLAGS, HEADS, WORDS
from services.registration.people.rules import (
    Described,
    Faults,
    check_texts,
    read_date,
    read_facts,
    read_name,
    read_number,
    settle,
)
from services.registration.registering.problems import ROW_INVALID

_FACTS = (
    "hukou",
    "residence_permit",
    "resident_since",
    "employed",
    "parent_enrolled_in_city",
    "employee_insurance",
    "employee_insurance_ended_on",
    "service",
    "service_ends_on",
    "service_stationed",
    "school",
)
_FLAG_FACTS = frozenset({"residence_permit", "employed", "parent_enrolled_in_city"})
_DATE = re.compile(r"(\d{4})[./年-]?(\d{1,2})[./月-]?(\d{1,2})日?")
_KEPT = 20_000


class HouseholdLines:
    """Reads the lines of a household file. `enroll` says whether a line without that column enrolls."""

    def __init__(
        self, columns: Mapping[str, int], county: str, year: int, today: date, *, enroll: bool
    ) -> None:
        self._columns = columns
        self._county = county
        self._year = year
        self._today = today
        self._enroll = enroll
        self._fact_places = [(name, columns[name]) for name in _FACTS if name in columns]
        self._facts: dict[tuple[str, ...], tuple[dict[str, Any], list[FieldError]]] = {}
        self._villages: dict[str, tuple[str, list[FieldError]]] = {}
        self._wishes: dict[tuple[str, str, str], tuple[Wish | None, list[FieldError]]] = {}
        self._place = {name: columns.get(name, -1) for name in _ALL}

    def household_no(self, values: Sequence[str]) -> str:
        """The household of a line, to keep its lines together."""
        return self._cell(values, "household_no")

    def number(self, values: Sequence[str]) -> str:
        """The number of a line in its stored form, without checking it."""
        return clean_number(self._cell(values, "id_number"))

    def read(self, values: Sequence[str], line: int) -> Row | Rejected:
        """Read one line."""
        faults = Faults()
        check_texts(values, "", faults)
        cell = self._cell
        household_no = read_household_no(cell(values, "household_no"), "household_no", faults)
        division_code = self._division(cell(values, "division_code"), faults)
        facts = self._read_facts(values, faults)
        kind = cell(values, "document_type")
        document = read_number(
            WORDS.get(kind, kind) or None, cell(values, "id_number"), self._today, "id_number", faults
        )
        sex = cell(values, "sex")
        person = Described(
            read_name(cell(values, "name"), "name", faults),
            WORDS.get(sex, sex) or None,
            read_day(cell(values, "born"), "born", faults),
            (document,) if document is not None else (),
            facts,
            clean_number(cell(values, "guardian")) or None,
        )
        wish = self._wish(values, faults)
        if not faults:
            settle(person, "", self._today, faults)
        if faults:
            found = [FieldError(f.pointer.lstrip("#/"), f.detail, f.detail_zh) for f in faults.found]
            return Rejected(line, line, ROW_INVALID.problem(errors=found))
        head = cell(values, "relation").lower() in HEADS
        address = cell(values, "address") or None
        return Row(line, line, self._county, household_no, division_code, address, head, person, wish)

    def _cell(self, values: Sequence[str], name: str) -> str:
        place = self._place[name]
        return values[place].strip() if 0 <= place < len(values) else ""

    def _division(self, code: str, faults: Faults) -> str:
        known = self._villages.get(code)
        if known is None:
            own = Faults()
            known = (read_division(code, "division_code", own), own.found)
            _keep(self._villages, code, known)
        faults.found += known[1]
        return known[0]

    def _read_facts(self, values: Sequence[str], faults: Faults) -> dict[str, Any]:
        cells = tuple(values[place].strip() if place < len(values) else "" for _, place in self._fact_places)
        known = self._facts.get(cells)
        if known is None:
            own = Faults()
            given = {name: cell for (name, _), cell in zip(self._fact_places, cells, strict=True) if cell}
            known = (read_facts(_nested(given, own), "", own), own.found)
            _keep(self._facts, cells, known)
        faults.found += known[1]
        return known[0]

    def _wish(self, values: Sequence[str], faults: Faults) -> Wish | None:
        cells = (self._cell(values, "enroll"), self._cell(values, "tier"), self._cell(values, "add_ons"))
        known = self._wishes.get(cells)
        if known is None:
            own = Faults()
            known = (self._read_wish(*cells, own), own.found)
            _keep(self._wishes, cells, known)
        faults.found += known[1]
        return known[0]

    def _read_wish(self, enroll: str, tier: str, add_ons: str, faults: Faults) -> Wish | None:
        wanted = read_flag(enroll, "enroll", faults) if enroll else self._enroll
        number = read_integer(tier, "tier", faults)
        if not wanted:
            return None
        codes = tuple(sorted({code.strip() for code in re.split(r"[;,；，、]", add_ons) if code.strip()}))
        return Wish(self._year, number, codes if "add_ons" in self._columns else None)


_ALL = (
    "household_no",
    "division_code",
    "address",
    "relation",
    "name",
    "sex",
    "born",
    "document_type",
    "id_number",
    "guardian",
    "tier",
    "add_ons",
    "enroll",
)


def _keep(kept: dict, key: Any, value: Any) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[key] = value


def _nested(given: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """The flat cells of a line in the form of the contract."""
    facts: dict[str, Any] = {}
    for name, cell in given.items():
        if name in _FLAG_FACTS:
            facts[name] = read_flag(cell, name, faults)
        elif name in ("hukou", "school"):
            facts[name] = WORDS.get(cell, cell)
        elif name == "resident_since":
            facts[name] = _iso(cell, name, faults)
    if "employee_insurance" in given or "employee_insurance_ended_on" in given:
        ended_on = given.get("employee_insurance_ended_on")
        state = given.get("employee_insurance", "ended")
        facts["employee_insurance"] = {
            "state": WORDS.get(state, state),
            "ended_on": _iso(ended_on, "employee_insurance_ended_on", faults) if ended_on else None,
        }
    if "service" in given:
        kind, ends_on = given["service"], given.get("service_ends_on")
        facts["service"] = {
            "kind": WORDS.get(kind, kind),
            "ends_on": _iso(ends_on, "service_ends_on", faults) if ends_on else None,
            "stationed": given.get("service_stationed"),
        }
    return facts


def read_flag(cell: str, name: str, faults: Faults) -> bool | None:
    """Read 是/否, yes/no, true/false, 1/0."""
    flag = FLAGS.get(cell.lower())
    if flag is None:
        faults.add(name, "must be yes or no", "只能填写 是 或 否")
    return flag


def read_integer(cell: str, name: str, faults: Faults) -> int | None:
    """Read a whole number from 1, or nothing."""
    if not cell:
        return None
    if cell.isascii() and cell.isdecimal() and len(cell) <= 9 and int(cell) > 0:
        return int(cell)
    faults.add(name, "must be a whole number from 1", "须为不小于 1 的整数")
    return None


def read_day(cell: str, name: str, faults: Faults) -> date | None:
    """Read a date as offices write it: 2019-08-30, 2019/8/30, 20190830, 2019年8月30日; or nothing."""
    return read_date(_iso_text(cell), name, faults) if cell else None


def _iso(cell: str, name: str, faults: Faults) -> str | None:
    day = read_day(cell, name, faults)
    return day.isoformat() if day else None


def _iso_text(cell: str) -> str:
    match = _DATE.fullmatch(cell)
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else cell
