"""Reads the spreadsheet of a unit: CSV or a workbook, its lines in the form in which a list is sent."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from libs.common.web.catalogue import BODY_TOO_LARGE
from libs.common.web.problems import FieldError, Problem
from services.registration.imports.choices import counted
from services.registration.imports.codes import read_sex
from services.registration.imports.columns import WORDS
from services.registration.imports.files import OfficeFile
from services.registration.imports.problems import FILE_UNREADABLE
from services.registration.imports.rules import FactCells, by_column, iso_text, said_cells
from services.registration.imports.sheets import Place
from services.registration.imports.uploading import Inspected
from services.registration.imports.workbooks import BOUNDS
from services.registration.people.rules import Fault
from services.registration.registering.problems import ROW_INVALID
from services.registration.units.rules import GivenLine
from services.registration.units.schemas import MAX_LINES

_KIND = "unit_list"
#: A clerk waits for the answer, and others beside: a list of some thousands is read in a second.
_BOUNDS = {**BOUNDS, "memory_bytes": BOUNDS["memory_bytes"] // 2, "cpu_seconds": 20}
_FACTS = tuple(FactCells.model_fields)


@dataclass(frozen=True, slots=True)
class ReadList:
    """The lines of a file, why sheets of it were not read, and what it calls the columns."""

    lines: list[GivenLine]
    unread: list[Problem]
    titles: Mapping[str, str]

    def faults(self, error: ValidationError) -> list[FieldError]:
        """What is wrong with a line, by the columns of the file."""
        return [_called(self.titles, fault) for fault in by_column(error)]


async def read_file(body: bytes, found: Inspected) -> ReadList:
    """Read a file. Raises the problem of one that cannot be read, or has more lines than a list."""
    with tempfile.TemporaryDirectory(prefix="canbao-unit-list-") as directory:
        path = Path(directory) / "upload"
        path.write_bytes(body)
        with OfficeFile(path, found.format, found.encoding, _KIND, _BOUNDS) as file:
            return await asyncio.to_thread(_read, file)


def _read(file: OfficeFile) -> ReadList:
    file.open()
    lines: list[GivenLine] = []
    for place, values in enumerate(file.rows):
        cells = {
            name: values[column].strip() for name, column in file.columns.items() if column < len(values)
        }
        if not any(cells.values()):
            continue
        if len(lines) == MAX_LINES:
            raise BODY_TOO_LARGE.problem(
                f"A list has at most {MAX_LINES} lines.", f"名单最多 {MAX_LINES} 行。", max_rows=MAX_LINES
            )
        # The names of the columns are line 1.
        line = place + 2
        lines.append(GivenLine(line, _given(cells, file.titles), _sheet(file.places, line)))
    if not lines:
        raise FILE_UNREADABLE.problem("The file names nobody.", "文件中没有人员。")
    return ReadList(lines, file.unread, file.titles)


def _given(cells: Mapping[str, str], titles: Mapping[str, str]) -> JsonValue | Problem:
    """A line as a row of JSON has it, or what is wrong with cells that no row has."""
    document: dict[str, JsonValue] = {"number": cells.get("id_number", "")}
    if kind := cells.get("document_type"):
        document["type"] = WORDS.get(kind, kind)
    given: dict[str, JsonValue] = {"name": cells.get("name", ""), "documents": [document]}
    given |= {name: iso_text(cells[name]) for name in ("born", "event_on") if cells.get(name)}
    if guardian := cells.get("guardian"):
        given["guardian"] = guardian
    if tier := cells.get("tier"):
        given["tier"] = counted(tier)
    faults: list[FieldError] = []
    try:
        if sex := read_sex(cells.get("sex", "")):
            given["sex"] = sex
    except Fault as fault:
        faults.append(FieldError("sex", str(fault), fault.message_zh))
    try:
        stated = said_cells({name: cells[name] for name in _FACTS if cells.get(name)})
        facts: dict[str, JsonValue] = FactCells.model_validate(stated).nested()  # type: ignore[assignment]
        given |= facts
    except ValidationError as error:
        faults += by_column(error)
    return ROW_INVALID.problem(errors=[_called(titles, one) for one in faults]) if faults else given


def _called(titles: Mapping[str, str], fault: FieldError) -> FieldError:
    return FieldError(titles.get(fault.pointer, fault.pointer), fault.detail, fault.detail_zh)


def _sheet(places: Sequence[Place], line: int) -> str | None:
    """Where a line stands in a workbook of several sheets, as spreadsheets call it: `sheet!row`."""
    if len(places) < 2:
        return None
    at = next(place for place in reversed(places) if place.before < line)
    return f"{at.name}!{line - at.before}"
