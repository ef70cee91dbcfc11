"""Reads a workbook as a program of its own, within limits of memory and time, and tells its parent the rows.

It imports nothing of the platform, so that it starts quickly. It answers in messages, each a length and a
JSON array: `refused` with a reason, or `heads` with the first rows of the sheets. Then it is told which
sheets are wanted, answers their rows in pieces, and `end`.
"""

import contextlib
import json
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

#: Excel keeps 15 digits of a number; an ID number typed into such a cell is damaged for good.
_EXACT_NUMBERS_BELOW = 1e15
_ROWS_PER_MESSAGE = 500
_LONGEST_NAME = 31
_PIECE_BYTES = 1024 * 1024
#: Below this size no ratio of compression is too good to be true.
_SMALL_BYTES = 64 * 1024 * 1024
_ADDRESS = re.compile(rb' r="([A-Z]{1,3})([0-9]{1,7})"')


class Refused(Exception):
    """A workbook that is beyond a bound: which one, and what was found."""

    def __init__(self, reason: str, found: int | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found


def cell_text(cell: object) -> str:
    """A cell as text; a number with more digits than Excel keeps is marked, not guessed."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < _EXACT_NUMBERS_BELOW else "?damaged number?"
        return repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def main(path: str, bounds: dict[str, int], task: str) -> None:
    """Read a workbook for the parent at the other end of the pipes."""
    _limit(bounds)
    try:
        if task == "far":
            _tell("refused", ["cells", _farthest_cell(path)])
        else:
            _check_archive(path, bounds)
            _read(path, bounds)
    except Refused as refused:
        _tell("refused", [refused.reason, refused.found])
    except MemoryError:
        _tell("refused", ["memory", 0])
    except BrokenPipeError:
        pass
    except BaseException as error:  # a panic of the reader is no Exception
        _tell("refused", ["password" if "Password" in type(error).__name__ else "unreadable", 0])


def _limit(bounds: dict[str, int]) -> None:
    memory, seconds = bounds["memory_bytes"], bounds["cpu_seconds"]
    _lower(resource.RLIMIT_AS, memory, memory)
    _lower(resource.RLIMIT_CPU, seconds, seconds + 5)
    _lower(resource.RLIMIT_CORE, 0, 0)
    _lower(resource.RLIMIT_FSIZE, 0, 0)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Lower a limit of this process; a lower one that it has already stays."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def _check_archive(path: str, bounds: dict[str, int]) -> None:
    """Look at the sizes that the archive states; one that lies meets the limit of memory or time."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    packed, unpacked = sum(e.compress_size for e in entries), sum(e.file_size for e in entries)
    if len(entries) > bounds["entries"]:
        raise Refused("entries", len(entries))
    if unpacked > bounds["unpacked_bytes"]:
        raise Refused("unpacked_bytes", unpacked)
    if unpacked > _SMALL_BYTES and unpacked > packed * bounds["ratio"]:
        raise Refused("ratio", unpacked // max(packed, 1))


def _read(path: str, bounds: dict[str, int]) -> None:
    import python_calamine

    workbook = python_calamine.CalamineWorkbook.from_path(path)
    if len(workbook.sheets_metadata) > bounds["sheets"]:
        raise Refused("sheets", len(workbook.sheets_metadata))
    heads: list[dict[str, object]] = []
    sheets, rows, cells = {}, 0, 0
    for number, about in enumerate(workbook.sheets_metadata):
        head: dict[str, object] = {"name": _name(about.name), "visible": True, "rows": 0, "first": []}
        heads.append(head)
        if about.visible != python_calamine.SheetVisibleEnum.Visible:
            head["visible"] = False
        elif about.typ == python_calamine.SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_index(number)
            height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
            rows += height
            cells += height * width
            for bound, found in (("columns", width), ("rows", rows), ("cells", cells)):
                if found > bounds[bound]:
                    raise Refused(bound, found)
            first = [
                _texts(row) for _, row in zip(range(bounds["first_rows"]), sheet.iter_rows(), strict=False)
            ]
            head |= {"rows": height, "first": first}
            sheets[number] = sheet
    _tell("heads", heads, bounds["piece_bytes"])
    for number in json.loads(sys.stdin.buffer.readline() or b"[]"):
        piece = []
        for row in sheets[number].iter_rows():
            piece.append(_texts(row))
            if len(piece) == _ROWS_PER_MESSAGE:
                _tell("rows", piece, bounds["piece_bytes"])
                piece = []
        _tell("rows", piece, bounds["piece_bytes"])
    _tell("end", [])


def _name(name: str) -> str:
    """The name of a sheet, as long as Excel lets it be, without what cannot be printed."""
    return "".join(character if character.isprintable() else " " for character in name[:_LONGEST_NAME])


def _texts(row: Sequence[object]) -> list[str]:
    return [cell if type(cell) is str else cell_text(cell) for cell in row]


def _farthest_cell(path: str) -> str:
    """The address of the right-most column and the last row that any cell of a workbook names."""
    column, last = (0, b""), 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if "worksheets/" not in entry.filename:
                continue
            with archive.open(entry) as file:
                rest = b""
                while piece := file.read(_PIECE_BYTES):
                    for letters, number in _ADDRESS.findall(rest + piece):
                        column = max(column, (len(letters), letters))
                        last = max(last, int(number))
                    rest = piece[-16:]
    return f"{column[1].decode()}{last}"


def _tell(kind: str, content: object, most_bytes: int = _PIECE_BYTES) -> None:
    import orjson

    body = orjson.dumps([kind, content])
    if len(body) > most_bytes:
        raise Refused("piece_bytes", len(body))
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3])
