"""What is asked and shown of imports."""

from typing import Literal

from fastapi import UploadFile
from pydantic import Field, JsonValue

from libs.common.policy.engine.contract import Day
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Instant, Page, Text
from services.registration import examples
from services.registration.examples import shown
from services.registration.histories.rules import Scheme


class ImportAccepted(Answer):
    """The file is stored; the import goes on by itself."""

    import_id: int = Field(examples=[7])


class ImportOut(Answer):
    """How far an import is and what became of its rows."""

    model_config = shown(examples.IMPORT)

    import_id: int
    kind: str
    county: str
    coverage_year: int
    file_name: str
    dry_run: bool
    dry_run_of: int | None = Field(default=None, description="the dry run whose file it imports")
    state: str = Field(description="queued, running, done, failed")
    rows_total: int | None = Field(
        description="rows of people: titles, headings and blank lines are none. An estimate until the end; "
        "unknown for xlsx"
    )
    rows_done: int = Field(description="how far it is in the file; at the end `rows_total`")
    new: int
    updated: int
    unchanged: int
    rejected: int = Field(description="rows, and sheets that were not read")
    incomplete: int = Field(
        description="households that were taken and of which the notice wants more to join"
    )
    wrong_place: int = Field(
        description="households that were taken, with people whom the register of another village has"
    )
    requested_at: Instant
    attempts: int = Field(description="since the import last moved on")
    trouble: str | None = Field(
        description="why the last attempt broke off; it goes on by itself. `notice-faulty: youxi/2020.yaml, "
        "line 2` and `notice-not-found`: it waits until the file of its notice is mended, or there again, "
        "however long"
    )
    retry_at: Instant | None = Field(description="when it is tried again")
    finished_at: Instant | None
    failure: dict[str, JsonValue] | None = Field(
        description="problem details, when the file cannot be imported"
    )
    errors_url: str | None


class RowFault(Answer):
    """What is wrong with a row, or a cell of it."""

    column: str | None = Field(description="as the heading of the file names it")
    column_no: int | None = Field(description="place in `cells`, from 0; none if it is about the row")
    problem: str
    detail: str
    detail_zh: str


class FaultyRow(Answer):
    """A row that was rejected, in the layout of the file."""

    line: int
    sheet: str | None = Field(description="where several sheets were read")
    cells: list[str] = Field(description="names and numbers masked without `pii:read`")
    faults: list[RowFault]


class FaultPage(Page[FaultyRow]):
    """Faulty rows, in the order of the file."""

    model_config = shown(
        {"heading": ["姓名", "证件号码"], "items": [examples.FAULTY_ROW], "next_after": None}
    )

    heading: list[str] = Field(description="the titles of the columns in the file")


class ImportPage(Page[ImportOut]):
    """Imports, oldest or newest first, as was asked."""

    model_config = shown({"items": [examples.IMPORT], "next_after": None})


class UploadForm(Body):
    """The file, and what is said about it."""

    file: UploadFile = Field(
        description=(
            "CSV (UTF-8, GB18030 or UTF-16) or xlsx. Titles may stand above the column names; all visible "
            "sheets that have the columns are read."
        ),
        examples=["people.csv"],
    )
    kind: Literal["households", "statuses", "survey", "history"]
    county: CountyCode = Field(examples=["youxi"])
    coverage_year: CoverageYear = Field(examples=[2020])
    dry_run: bool = Field(default=False, description="only say what would happen")
    enroll: bool = Field(default=True, description="households: enroll everybody whose row does not say no")
    mode: Literal["add", "remove"] = Field(default="add", description="statuses")
    status: Text | None = Field(
        default=None, max_length=60, description="statuses: for rows that name none", examples=["dibao"]
    )
    department: Text | None = Field(
        default=None,
        max_length=60,
        description="statuses: for rows that name none",
        examples=["civil_affairs"],
    )
    listed_on: Day | None = Field(
        default=None,
        description="statuses: for rows that name none; survey: the day of the register, else today",
        examples=["2019-09-20"],
    )

    place: FreeText | None = Field(
        default=None, max_length=60, description="history: for rows that name none", examples=["青岛市"]
    )
    scheme: Scheme | None = Field(default=None, description="history: for rows that name none")
    source: FreeText | None = Field(
        default=None, max_length=60, description="history: for rows that name none", examples=["省平台导出"]
    )
    whole_place: str | None = Field(
        default=None,
        pattern=r"^([0-9]{2}){1,6}$",
        description="history: the beginning of the codes of villages of which the file names everybody who "
        "was insured in these years; who lives there and is not in it was not insured",
        examples=["370202"],
    )
    whole_from_year: CoverageYear | None = Field(default=None, description="history", examples=[2025])
    whole_to_year: CoverageYear | None = Field(default=None, description="history", examples=[2026])

    def values(self) -> dict[str, object]:
        """What is said about the file."""
        return self.model_dump(mode="json", exclude={"file"})

    def options(self) -> dict[str, JsonValue]:
        """What the import has to know beyond county and year."""
        if self.kind == "households":
            return {"enroll": self.enroll}
        if self.kind == "history":
            names = ("place", "scheme", "source", "whole_place", "whole_from_year", "whole_to_year")
            return {name: getattr(self, name) for name in names}
        if self.kind == "survey":
            return {"listed_on": self.listed_on.isoformat() if self.listed_on else None}
        return {
            "mode": self.mode,
            "status": self.status,
            "department": self.department,
            "listed_on": self.listed_on.isoformat() if self.listed_on else None,
        }
