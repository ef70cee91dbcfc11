"""What is shown of the changes of an import."""

from pydantic import Field, JsonValue

from libs.common.web.schemas import Answer, Page
from services.registration import examples
from services.registration.examples import shown
from services.registration.import_changes.rules import Kind


class ChangedValue(Answer):
    """A member that was something and is something else."""

    field: str = Field(
        description="of a person (`sex`, `born`, `hukou`...; of `number` and `guardian` only `after`), of "
        "the household (`division_code`, `household_no`, `address`, `is_head`, `head_id`), of an enrollment "
        "(`coverage_year`, `state`, `tier`, `add_ons`), of a status (`status`, `status_class`, `grade`, "
        "`effective_on`, `ended_on`, `department`), of a row of a survey base, of a year of history"
    )
    before: JsonValue = Field(description="null: nothing")
    after: JsonValue = Field(description="null: nothing")


class ImportChange(Answer):
    """One thing that a row changes."""

    kind: Kind
    line: int | None = Field(
        description="of the file: of whoever moves with the household without a row, that of the head; null: "
        "of no row, such as who is left out"
    )
    person_id: int | None = Field(description="null: nobody on record, or registered by this very dry run")
    name: str | None = Field(description="masked without `pii:read`")
    number: str | None = Field(description="of who is not on record; masked without `pii:read`")
    values: list[ChangedValue] = Field(description="personal data masked without `pii:read`")


class ImportChanges(Page[ImportChange]):
    """What an import changed, or a dry run would change: how much of what, and each change."""

    model_config = shown(
        {
            "import_id": 7,
            "dry_run": True,
            "kept": True,
            "counts": {"registered": 12, "moved": 1},
            "unchanged": 110,
            "rejected": 7,
            "other_names": 2,
            "items": [examples.IMPORT_CHANGE],
            "next_after": None,
        }
    )

    import_id: int
    dry_run: bool = Field(description="true: it would change this; nothing is changed")
    kept: bool = Field(
        description="false: the import is of before changes were kept, or they were kept long enough"
    )
    counts: dict[Kind, int] = Field(
        description="changes by kind, each that a file of its kind can make; one row may make several"
    )
    unchanged: int = Field(description="rows that change nothing")
    rejected: int = Field(description="rows that are not taken, see `/faults`")
    other_names: int = Field(
        description="of those, rows whose name or documents are on record as somebody else's"
    )
