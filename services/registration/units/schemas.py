"""What is asked and shown of units and their lists."""

from typing import Literal

from fastapi import UploadFile
from pydantic import Field, JsonValue

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    Instant,
    Page,
    Text,
)
from services.registration.enrollments.rules import State
from services.registration.examples import asked, schema_of, shown
from services.registration.units import examples
from services.registration.units.rules import LineGiven, LineResult, Trouble

#: Lines of one list; a school has some thousands of people.
MAX_LINES = 5_000

_TROUBLES = Field(
    description="`on_two_lists`: another unit lists them too; `paid_before`: was paid for before this listing"
)

Outcome = Literal["payable", "exempt", "paid", "rejected", "blocked"]


class NewUnit(Body):
    """A unit that registers its people by list."""

    model_config = asked(
        {
            "county": "songming",
            "coverage_year": 2018,
            "code": "SM-ZZ-01",
            "name": "嵩明县职业中学",
            "rule": "vocational-schools",
            "division_code": "530127001001",
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    code: Text = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,19}$", description="what tokens of its clerks say under `unit`"
    )
    name: FreeText = Field(min_length=1, max_length=100)
    rule: Text = Field(
        max_length=60, description="which of the notice's `units` it is, e.g. vocational-schools"
    )
    division_code: Text = Field(
        pattern=r"^[0-9]{12}$",
        description="the village or community where it is: new people are entered there",
    )


class UnitOut(Answer):
    """A unit, and how far it is: of those on its list, how many are registered, have paid, are exempt."""

    model_config = shown(examples.UNIT)

    unit_id: int
    county: str
    coverage_year: int
    code: str
    name: str
    rule: str
    kind: str
    department: str
    clause: str
    division_code: str
    registered_at: Instant
    closes_at: Instant | None = Field(description="the last second in which it may list people")
    channels: list[str] = Field(description="through which it pays; none: it lists only")
    version_no: int = Field(description="of its list; 0 before the first")
    listed: int
    registered: int
    paid: int
    exempt: int
    late: int = Field(description="lines of the last list that came after the deadline")
    on_two_lists: int = Field(description="of those listed, how many another unit lists too")
    paid_before: int = Field(description="of those listed, for how many was paid before they were")


class UnitPage(Page[UnitOut]):
    """Units of a season."""

    model_config = shown({"items": [examples.UNIT], "next_after": None})


class NewList(Body):
    """The whole list of a unit: who is on it no more is left out, and stays insured."""

    model_config = asked(
        {
            "county": "songming",
            "coverage_year": 2018,
            "replaces": 1,
            "dry_run": True,
            "lines": [{"name": "杨晓岚", "documents": [{"number": "530127200203141220"}]}],
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    replaces: int = Field(
        default=0, ge=0, le=2**31 - 1, description="the version that is there; 0 before the first list"
    )
    dry_run: bool = Field(default=False, description="say what would happen, and keep nothing")
    lines: list[JsonValue] = Field(
        min_length=1, max_length=MAX_LINES, json_schema_extra={"items": schema_of(LineGiven)}
    )


class ListForm(Body):
    """The whole list of a unit as a spreadsheet."""

    file: UploadFile = Field(
        description=(
            "CSV (UTF-8, GB18030 or UTF-16) or xlsx. Titles may stand above the column names; all visible "
            "sheets that have the columns are read."
        ),
        examples=["pupils.xlsx"],
    )
    county: CountyCode = Field(examples=["songming"])
    coverage_year: CoverageYear = Field(examples=[2018])
    replaces: int = Field(default=0, ge=0, le=2**31 - 1, description="as of a list that is sent line by line")
    dry_run: bool = Field(default=False, description="say what would happen, and keep nothing")

    def values(self) -> dict[str, object]:
        """What is said about the file."""
        return self.model_dump(mode="json", exclude={"file"})


class LineOut(Answer):
    """What becomes of one line: who it is and what is owed now, or what is wrong with it."""

    line: int
    place: str | None = Field(description="of a workbook of several sheets: sheet!row")
    result: LineResult
    person_id: int | None = Field(description="null for somebody new in a dry run")
    state: State | None
    outcome: Outcome | None = Field(description="what the notice says now; null of who is paid or exempt")
    own_due_fen: int | None
    price_fen: int | None
    paid_fen: int | None = Field(description="for whom was paid already, through whomever")
    clauses: list[str] = Field(description="where the notice says so: price, then help")
    reason: str | None
    troubles: list[Trouble] = _TROUBLES
    problem: dict[str, JsonValue] | None


class LeftOut(Answer):
    """Somebody of the list before who is not on this one."""

    person_id: int
    line: int


class ListOut(Answer):
    """What became of a list."""

    model_config = shown(examples.LIST)

    unit_id: int
    dry_run: bool
    version_no: int
    closes_at: Instant | None
    added: int
    kept: int
    left_out: list[LeftOut]
    refused: int
    late: int
    own_due_fen: int = Field(description="of all lines together")
    unread: list[dict[str, JsonValue]] = Field(description="why sheets of a workbook were not read")
    lines: list[LineOut]


class OnListOut(Answer):
    """Somebody on the list of a unit."""

    model_config = shown(examples.ON_LIST)

    line: int
    person_id: int
    masked_name: str
    state: State | None
    own_due_fen: int | None = Field(description="now; null of who is paid or exempt, or cannot pay now")
    paid_fen: int | None
    completed_at: Instant | None
    listed_at: Instant
    troubles: list[Trouble] = _TROUBLES
    also_listed_by: list[str] = Field(description="codes of other units; offices alone are told")


class OnListPage(Page[OnListOut]):
    """Who is on the list of a unit."""

    model_config = shown({"items": [examples.ON_LIST], "next_after": None})
