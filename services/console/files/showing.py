"""Faulty rows in the layout of their file, and the forms about files."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.console.files.rules import KINDS, Kind, choosing, fields_of, marked
from services.console.files.schemas import CellFault, FaultyRow, FaultyRows, Import, ImportChanges, StatusRule
from services.console.files.telling import facts_of
from services.console.forms.rules import Choice, Fact, Sheet
from services.console.worklists.schemas import Season


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its cells, each marked or not, and what is wrong with it."""

    line: int
    sheet: str
    cells: list[tuple[str, bool]]
    faults: list[CellFault]


def rows_shown(found: FaultyRows) -> list[Row]:
    """The faulty rows of a page as wide as the widest, the faulty cells marked."""
    width = max([len(found.heading), *(len(one.cells) for one in found.items)], default=0)
    return [_row(found.heading, one, width) for one in found.items]


def _row(heading: Iterable[str | None], row: FaultyRow, width: int) -> Row:
    at = {marked(heading, fault.column, fault.column_no) for fault in row.faults}
    texts = [*(one or "" for one in row.cells), *[""] * (width - len(row.cells))]
    cells = [(text, place in at) for place, text in enumerate(texts)]
    return Row(row.line, row.sheet or "", cells, row.faults)


def new_sheet(kind: Kind, season: Season) -> Sheet:
    """The form that sends a file."""
    facts = (_season_fact(season.place_zh, season.place, season.coverage_year),)
    return Sheet(
        f"导入{kind.title_zh}", f"Import: {kind.title}", "上传", "Send", fields_of(kind), "files", facts
    )


def with_choices(kind: Kind, statuses: Iterable[StatusRule]) -> Kind:
    """A kind of file with the statuses and departments of a notice, in its words, to choose from."""
    known = list(statuses)
    departments = {one.department: (one.department_label_zh, one.department_label) for one in known}
    return choosing(
        kind,
        [Choice(one.code, one.label_zh, one.label) for one in known],
        [Choice(code, *words) for code, words in departments.items()],
    )


def apply_sheet(job: Import, season: Season) -> Sheet:
    """The form that imports what was tried."""
    kind = KINDS[job.kind]
    facts = (
        Fact("文件", "File", job.file_name, job.file_name),
        Fact("类型", "Kind", kind.title_zh, kind.title),
        _season_fact(season.place_zh, season.place, season.coverage_year),
    )
    back = f"files/imports/{job.import_id}"
    return Sheet("正式导入", "Import for good", "下一步", "Go on", (), back, facts)


def apply_will(job: Import, changes: ImportChanges) -> list[Fact]:
    """What importing it will do, as the dry run counted: rows, and what they change."""
    rejected_zh = f"{job.rejected:,} 行不入库，更正后另行上传" if job.rejected else "无"
    rejected = f"{job.rejected:,} rows stay out until they are mended" if job.rejected else "none"
    return [
        Fact("新增行", "New rows", f"{job.new:,}", f"{job.new:,}"),
        Fact("更新行", "Updated rows", f"{job.updated:,}", f"{job.updated:,}"),
        Fact("无变化行", "Unchanged rows", f"{job.unchanged:,}", f"{job.unchanged:,}"),
        Fact("有误行", "Faulty rows", rejected_zh, rejected),
        *facts_of(changes),
        Fact(
            "说明", "Note", "试算后数据如有变动，以正式导入时的结果为准。",
            "What has changed since the dry run may change these figures.",
        ),
    ]  # fmt: skip


def _season_fact(place_zh: str, place: str, year: int) -> Fact:
    return Fact("参保年度", "Season", f"{place_zh} {year} 年度", f"{place}, {year}")
