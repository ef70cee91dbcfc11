"""What spreadsheets do to texts, on the way in and out: encodings, tricks that keep texts texts, formulas;
and tables of texts, given out as CSV or as workbooks."""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from libs.common.text_workbooks import PROGRAM, TOLD_ALL, Cell, Sheet, TextWorkbook, told, told_rows

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT = re.compile(r"-?\d+(\.\d\d)?")

#: Rows of a table, some at a time, as they are read.
Parts = AsyncIterator[Sequence[Sequence[Cell]]]

_PIECE_BYTES = 256 * 1024
#: As many take less of the processor than a program needs to begin.
_FEW_ROWS = 2_000


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a table; what others wrote becomes no formula, and a long number stays a text."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


async def csv_pieces(header: Sequence[str], parts: Parts) -> AsyncIterator[bytes]:
    """A table that is given out while it is read, behind a mark by which spreadsheets read the Chinese."""
    yield b"\xef\xbb\xbf" + csv_lines([header])
    async for rows in parts:
        yield csv_lines(rows)


async def workbook_pieces(sheet: Sheet, parts: Parts) -> AsyncIterator[bytes]:
    """A workbook: put together on disk, and given out from there when its last row is written."""
    with tempfile.TemporaryDirectory(prefix="canbao-workbook-") as directory:
        path = Path(directory) / "table.xlsx"
        first = list[Sequence[Cell]]()
        async for rows in parts:
            first += rows
            if len(first) > _FEW_ROWS:
                await _write_apart(path, sheet, first, parts)
                break
        else:
            await asyncio.to_thread(_write, path, sheet, first)
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def _write(path: Path, sheet: Sheet, rows: Sequence[Sequence[Cell]]) -> None:
    with TextWorkbook(path, sheet) as book:
        book.write(rows)


async def _write_apart(path: Path, sheet: Sheet, first: Sequence[Sequence[Cell]], others: Parts) -> None:
    """Write it by a program of its own, which ends with whoever waits for it."""
    program = await asyncio.create_subprocess_exec(
        *PROGRAM, str(path), stdin=asyncio.subprocess.PIPE, env={"LANG": "C.UTF-8"}
    )
    assert program.stdin is not None
    try:
        program.stdin.write(told(sheet) + told_rows(first))
        async for rows in others:
            program.stdin.write(told_rows(rows))
            await program.stdin.drain()
        program.stdin.write(TOLD_ALL)
        program.stdin.close()
        if (status := await program.wait()) != 0:
            raise RuntimeError(f"the program that writes workbooks ended with {status}")
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


def decoded(body: bytes) -> str | None:
    """Read a small file as spreadsheets save it: UTF-8, with a mark or without, or GB18030; else None."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def undo_tricks(row: list[str]) -> list[str]:
    """The cells of a row as their author meant them; a row without tricks is given back as it is.

    Programs keep a text a text by `="350..."`, a leading apostrophe, or `_x000D_`.
    """
    text = "\n".join(row)
    if "'" in text or "`" in text or '="' in text or "_x" in text:
        return [_plain(cell) for cell in row]
    return row


def harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text of others as a formula; amounts stay amounts."""
    dangerous = text.startswith(_FORMULA_BEGINS) and not _AMOUNT.fullmatch(text)
    return f"'{text}" if dangerous else text


def _plain(cell: str) -> str:
    bare = _ESCAPED.sub(_character, cell).strip()
    if formula := _QUOTED_FORMULA.fullmatch(bare):
        bare = formula[1].replace('""', '"').strip()
    return bare.lstrip("'`").strip()


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)
