"""Reads the list of whom money helps from a spreadsheet: number, name, and how much in yuan."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from libs.common.money import parse_yuan
from libs.common.web.catalogue import BODY_TOO_LARGE
from services.registration.helps.schemas import MOST_LINES, ListedPerson
from services.registration.imports.files import OfficeFile
from services.registration.imports.problems import FILE_UNREADABLE
from services.registration.imports.uploading import Inspected
from services.registration.imports.workbooks import BOUNDS

_KIND = "help_list"


@dataclass(frozen=True, slots=True)
class ReadList:
    """Whom a file names, each with its line, and the lines that nobody can read."""

    people: Mapping[int, ListedPerson]
    unreadable: tuple[int, ...]


async def read_file(body: bytes, found: Inspected) -> ReadList:
    """Read a file. Raises the problem of one that cannot be read, or has more lines than a list."""
    with tempfile.TemporaryDirectory(prefix="canbao-help-list-") as directory:
        path = Path(directory) / "upload"
        path.write_bytes(body)
        with OfficeFile(path, found.format, found.encoding, _KIND, BOUNDS) as file:
            return await asyncio.to_thread(_read, file)


def _read(file: OfficeFile) -> ReadList:
    file.open()
    people: dict[int, ListedPerson] = {}
    unreadable: list[int] = []
    # The names of the columns are line 1.
    for line, values in enumerate(file.rows, start=2):
        cells = {
            name: values[column].strip() for name, column in file.columns.items() if column < len(values)
        }
        if not any(cells.values()):
            continue
        if len(people) + len(unreadable) == MOST_LINES:
            raise BODY_TOO_LARGE.problem(
                f"A list has at most {MOST_LINES} lines.", f"名单最多 {MOST_LINES} 行。", max_rows=MOST_LINES
            )
        try:
            people[line] = _person(cells)
        except ValueError:
            unreadable.append(line)
    if not people and not unreadable:
        raise FILE_UNREADABLE.problem("The file names nobody.", "文件中没有人员。")
    return ReadList(people, tuple(unreadable))


def _person(cells: Mapping[str, str]) -> ListedPerson:
    """Whom a line names. Raises ValueError."""
    amount = cells.get("amount", "").replace(",", "").removesuffix("元").strip()
    try:
        return ListedPerson(
            id_number=cells.get("id_number") or None,
            name=cells.get("name") or None,
            amount_fen=parse_yuan(f"{amount}元") if amount else None,
        )
    except ValidationError as error:
        raise ValueError("a line that names nobody, or an amount that is none") from error
