"""What a line of a household file says: a member of a household, and the enrollment asked for.

Made for hundreds of thousands of lines: what many people have in common is read once, by the models that read
the rows of a batch.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, TypeVar

from pydantic import StrictBool, ValidationError

from libs.common.divisions import DivisionCodeInvalid
from libs.common.identity import clean_number
from libs.common.policy.engine.contract import Contract, Day, InsuranceState, Positive, Said, ServiceKind
from libs.common.web.problems import FieldError
from libs.common.web.translations import row_errors
from services.registration.households.rules import AddOns, read_household_no, read_village
from services.registration.imports.choices import counted
from services.registration.imports.codes import read_is_head, read_sex
from services.registration.imports.columns import FLAGS, WORDS
from services.registration.people.rules import Facts, FactsGiven, Fault, IdentityGiven, Text, described
from services.registration.registering.plan import Home, Rejected, Row, Wish
from services.registration.registering.problems import ROW_INVALID

Shared = TypeVar("Shared")

#: Eight digits, or both separators: where one is missing there is a month and no day.
_DATE = re.compile(r"(?a:(\d{4})(?:(\d\d)(\d\d)|[./年-](\d{1,2})[./月-](\d{1,2})日?))")
_KEPT = 20_000
_NUL = "holds a NUL character; remove it", "含有空字符（NUL），请删除"
#: Members of an identity and the columns that they stand in.
_COLUMNS = {"documents": "id_number"}

YesNo = Annotated[StrictBool, Said("must be yes or no", "只能填写 是 或 否")]


class FactCells(Contract):
    """The cells of a line that state facts."""

    hukou: object = None
    hukou_kind: object = None
    school: object = None
    residence_permit: YesNo | None = None
    resident_since: Day | None = None
    employed: YesNo | None = None
    parent_enrolled_in_city: YesNo | None = None
    employee_insurance: InsuranceState | None = None
    employee_insurance_ended_on: Day | None = None
    service: ServiceKind | None = None
    service_ends_on: Day | None = None
    service_stationed: Text | None = None

    def nested(self) -> dict[str, object]:
        """The cells in the form of the contract."""
        given = self.model_dump(mode="json", exclude_none=True, include=_FLAT)
        ended_on = self.employee_insurance_ended_on
        if self.employee_insurance or ended_on:
            given["employee_insurance"] = {
                "state": self.employee_insurance or "ended",
                "ended_on": ended_on.isoformat() if ended_on else None,
            }
        if self.service:
            given["service"] = {
                "kind": self.service,
                "ends_on": self.service_ends_on.isoformat() if self.service_ends_on else None,
                "stationed": self.service_stationed,
            }
        return given


_FLAT = set(FactsGiven.model_fields) - {"employee_insurance", "service"}
_FACTS = tuple(FactCells.model_fields)
_FLAGS = frozenset({"residence_permit", "employed", "parent_enrolled_in_city", "enroll"})
_DAYS = frozenset({"resident_since", "employee_insurance_ended_on", "service_ends_on"})


class WishCells(Contract):
    """The cells of a line that ask for enrollment."""

    enroll: YesNo | None = None
    tier: Positive | None = None
    add_ons: AddOns | None = None


class HouseholdLines:
    """Reads the lines of a household file. `enroll` says whether a line without that column enrolls;
    `add_ons` are the codes of a notice by its words."""

    def __init__(
        self,
        columns: Mapping[str, int],
        county: str,
        coverage_year: int,
        today: date,
        *,
        enroll: bool,
        add_ons: Mapping[str, str] | None = None,
    ) -> None:
        self._columns, self._add_ons = columns, add_ons or {}
        self._county = county
        self._coverage_year = coverage_year
        self._context = {"today": today}
        self._enroll = enroll
        self._names_add_ons = "add_ons" in columns
        self._fact_names = [name for name in _FACTS if name in columns]
        self._fact_places = [columns[name] for name in self._fact_names]
        self._width = max(columns.values()) + 1
        self._facts: dict[tuple[str, ...], tuple[Facts, list[FieldError]]] = {}
        self._villages: dict[str, tuple[str, list[FieldError]]] = {}
        self._wishes: dict[tuple[str, str, str], tuple[Wish | None, list[FieldError]]] = {}
        self._place = {name: columns.get(name, -1) for name in _ALL}

    def home(self, values: Sequence[str]) -> Home:
        """The household of a line in its stored form, without checking it, to keep its lines together."""
        cell = self._cell(values, "household_no")
        village, _ = self._village(self._cell(values, "division_code"))
        return village, _read(read_household_no, "household_no", cell, []) or cell

    def number(self, values: Sequence[str]) -> str:
        """The number of a line in its stored form, without checking it."""
        return clean_number(self._cell(values, "id_number"))

    def read(self, values: Sequence[str], line: int) -> Row | Rejected:
        """Read one line."""
        cells = self._cells(values)
        faults = [FieldError(column, *_NUL) for column in self._with_nul(cells)]
        place = self._place
        household_no = _read(read_household_no, "household_no", cells[place["household_no"]], faults) or ""
        head = _read(read_is_head, "relation", cells[place["relation"]], faults) or False
        sex = _read(read_sex, "sex", cells[place["sex"]], faults)
        division_code, wrong = self._village(cells[place["division_code"]])
        faults += wrong
        facts, wrong = self._read_facts(tuple([cells[at] for at in self._fact_places]))
        faults += wrong
        wish, wrong = self._wish((cells[place["enroll"]], cells[place["tier"]], cells[place["add_ons"]]))
        faults += wrong
        try:
            person = IdentityGiven.model_validate(self._identity(cells, sex), context=self._context)
        except ValidationError as error:
            faults += by_column(error)
        if faults:
            return Rejected(line, line, ROW_INVALID.problem(errors=faults))
        return Row(
            line=line,
            unit=line,
            county=self._county,
            household_no=household_no,
            division_code=division_code,
            address=cells[place["address"]] or None,
            head=head,
            person=described(person, facts),
            wish=wish,
        )

    def _with_nul(self, cells: Sequence[str]) -> list[str]:
        """The columns of a line that hold a character which cannot be stored."""
        if "\0" not in "".join(cells):
            return []
        return [column for column, place in self._columns.items() if "\0" in cells[place]]

    def _cells(self, values: Sequence[str]) -> list[str]:
        """The cells of a line without blanks around; the last one stands for columns that the file lacks."""
        cells = [value.strip() for value in values]
        cells += [""] * max(self._width - len(cells), 0)
        cells.append("")
        return cells

    def _cell(self, values: Sequence[str], name: str) -> str:
        place = self._place[name]
        return values[place].strip() if 0 <= place < len(values) else ""

    def _identity(self, cells: Sequence[str], sex: str | None) -> dict[str, object]:
        """The cells of a line that say who the person is, as members of a batch's row."""
        place = self._place
        document = {"number": cells[place["id_number"]]}
        if kind := cells[place["document_type"]]:
            document["type"] = WORDS.get(kind, kind)
        given: dict[str, object] = {"name": cells[place["name"]], "documents": [document]}
        if sex:
            given["sex"] = sex
        if born := cells[place["born"]]:
            given["born"] = iso_text(born)
        if guardian := cells[place["guardian"]]:
            given["guardian"] = guardian
        return given

    def _village(self, code: str) -> tuple[str, list[FieldError]]:
        known = self._villages.get(code)
        return known if known is not None else _keep(self._villages, code, _read_village(code))

    def _read_facts(self, cells: tuple[str, ...]) -> tuple[Facts, list[FieldError]]:
        known = self._facts.get(cells)
        if known is not None:
            return known
        given = {name: cell for name, cell in zip(self._fact_names, cells, strict=True) if cell}
        try:
            nested = FactCells.model_validate(said_cells(given)).nested()
            read: tuple[Facts, list[FieldError]] = FactsGiven.model_validate(nested).facts(), []
        except ValidationError as error:
            read = {}, by_column(error)
        return _keep(self._facts, cells, read)

    def _wish(self, cells: tuple[str, str, str]) -> tuple[Wish | None, list[FieldError]]:
        known = self._wishes.get(cells)
        return known if known is not None else _keep(self._wishes, cells, self._read_wish(*cells))

    def _read_wish(self, enroll: str, tier: str, add_ons: str) -> tuple[Wish | None, list[FieldError]]:
        words = [word.strip() for word in re.split(r"[;,；，、]", add_ons)]
        codes = [self._add_ons.get(word, word) for word in words if word]
        given = said_cells({"enroll": enroll} if enroll else {})
        try:
            asked = WishCells.model_validate({**given, "tier": counted(tier), "add_ons": codes})
        except ValidationError as error:
            return None, by_column(error)
        if not (self._enroll if asked.enroll is None else asked.enroll):
            return None, []
        return Wish(
            self._coverage_year, asked.tier, tuple(sorted(set(codes))) if self._names_add_ons else None
        ), []


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

Key = TypeVar("Key")


def _keep(kept: dict[Key, Shared], key: Key, value: Shared) -> Shared:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[key] = value
    return value


def _read(read: Callable[[str], Shared], column: str, cell: str, faults: list[FieldError]) -> Shared | None:
    """What a cell says, or None with its fault added."""
    try:
        return read(cell)
    except Fault as fault:
        faults.append(FieldError(column, str(fault), fault.message_zh))
        return None


def _read_village(code: str) -> tuple[str, list[FieldError]]:
    try:
        return read_village(code), []
    except (Fault, DivisionCodeInvalid) as fault:
        return "", [FieldError("division_code", str(fault), fault.message_zh)]


def said_cells(cells: Mapping[str, str]) -> dict[str, object]:
    """Cells in the words of the contract; what cannot be told stays, for the model to refuse."""
    return {
        name: FLAGS.get(cell.lower(), cell)
        if name in _FLAGS
        else iso_text(cell)
        if name in _DAYS
        else cell
        if name == "service_stationed"
        else WORDS.get(cell, cell)
        for name, cell in cells.items()
    }


def iso_text(cell: str) -> str:
    """A date as offices write it (2019-08-30, 2019/8/30, 20190830, 2019年8月30日) as 2019-08-30."""
    match = _DATE.fullmatch(cell)
    if match is None:
        return cell
    return f"{match[1]}-{int(match[2] or match[4]):02d}-{int(match[3] or match[5]):02d}"


def by_column(error: ValidationError) -> list[FieldError]:
    """The faults of a line, each with its column."""
    return [FieldError(_column(fault.pointer), fault.detail, fault.detail_zh) for fault in row_errors(error)]


def _column(pointer: str) -> str:
    first, *steps = pointer.removeprefix("#/").split("/")
    if first in _COLUMNS:
        return "document_type" if steps[-1:] == ["type"] else _COLUMNS[first]
    return "_".join(
        [first, *(step for step in steps if step not in ("state", "kind") and not step.isdigit())]
    )
