"""What pages of files read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel, JsonValue


class Accepted(BaseModel):
    """An import that goes on by itself."""

    import_id: int


class Failed(BaseModel):
    """Why a file could not be imported, and how it is mended."""

    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""


class Import(BaseModel):
    """How far an import is, and what became of its rows."""

    import_id: int
    kind: str
    county: str
    coverage_year: int
    file_name: str
    dry_run: bool
    dry_run_of: int | None = None
    state: str
    rows_total: int | None
    rows_done: int
    new: int
    updated: int
    unchanged: int
    rejected: int
    incomplete: int
    wrong_place: int
    requested_at: datetime
    trouble: str | None
    finished_at: datetime | None
    failure: Failed | None
    errors_url: str | None

    @property
    def waits_for_notice(self) -> bool:
        """Whether it goes on once the file of its notice is mended."""
        return (self.trouble or "").startswith("notice-faulty")


class Imports(BaseModel):
    """A page of imports."""

    items: list[Import]
    next_after: str | None


class CellFault(BaseModel):
    """What is wrong in a row, and how it is mended."""

    column: str | None = None
    column_no: int | None = None
    detail: str
    detail_zh: str
    problem: str = ""


class FaultyRow(BaseModel):
    """A row as it stands in the file."""

    line: int
    sheet: str | None = None
    cells: list[str | None]
    faults: list[CellFault]


class FaultyRows(BaseModel):
    """A page of faulty rows below the heading of their file."""

    heading: list[str | None]
    items: list[FaultyRow]
    next_after: str | None


class ChangedValue(BaseModel):
    """A member that was something and is something else."""

    field: str
    before: JsonValue = None
    after: JsonValue = None


class ImportChange(BaseModel):
    """One thing that a row changes."""

    kind: str
    line: int | None
    person_id: int | None
    name: str | None
    number: str | None
    values: list[ChangedValue]


class ImportChanges(BaseModel):
    """What an import changed, or a dry run would change."""

    kept: bool
    counts: dict[str, int]
    other_names: int
    items: list[ImportChange]
    next_after: str | None


class Coded(BaseModel):
    """What something is called by its code."""

    code: str
    label: str
    label_zh: str


class StatusRule(Coded):
    """A status that the notice names, with its classes, and the department that recognizes it."""

    department: str
    department_label: str
    department_label_zh: str
    classes: list[Coded]


class NoticeStatuses(BaseModel):
    """The statuses of a notice."""

    statuses: list[StatusRule]
