"""The sheets of a workbook, read by a program of its own that may not take more than its share.

A file of two kilobytes can ask for hundreds of gigabytes (a value in the last cell of a sheet). So the reader
of workbooks runs apart, with limits of memory and time; when it dies the file is refused, and nothing else
suffers.
"""

import contextlib
import json
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from libs.common.web.problems import Problem
from services.registration.imports.headings import ROWS_LOOKED_AT
from services.registration.imports.problems import FILE_TOO_LARGE, FILE_UNREADABLE

_PROGRAM = Path(__file__).with_name("reading_child.py")
_MIB = 1024 * 1024
#: What a workbook may ask for. The largest list of a county has some 400,000 rows and 25 columns.
BOUNDS: Mapping[str, int] = {
    "sheets": 200,
    "rows": 1_048_576,
    "columns": 500,
    "cells": 12_000_000,
    "entries": 2_000,
    "unpacked_bytes": 1024 * _MIB,
    "ratio": 200,
    "memory_bytes": 2048 * _MIB,
    "cpu_seconds": 120,
    "piece_bytes": 64 * _MIB,
    "first_rows": ROWS_LOOKED_AT,
}
_STRAY = (
    "Delete what stands outside the table (select the rows below and the columns beside it, delete them, "
    "save), or split the file",
    "请删除表格之外的内容（选中表格下方的行与右侧的列，删除后保存），或将文件拆分",
)
_SPLIT = "Split the file", "请将文件拆分"
#: What each bound is called, with its mend.
_SAID = {
    "sheets": ("sheets", "个工作表", _SPLIT),
    "rows": ("rows", "行", _SPLIT),
    "columns": ("columns", "列", _STRAY),
    "cells": ("cells", "个单元格", _STRAY),
    "entries": ("parts", "个部件", _SPLIT),
    "unpacked_bytes": ("bytes when it is unpacked", "字节（解压后）", _SPLIT),
    "ratio": ("times its size when it is unpacked", "倍（解压后与文件大小之比）", _STRAY),
    "piece_bytes": ("bytes of text in 500 rows", "字节文字（每 500 行）", _STRAY),
    "memory_bytes": ("bytes of memory to be read", "字节内存（读取时）", _STRAY),
    "cpu_seconds": ("seconds to be read", "秒（读取时间）", _SPLIT),
}


@dataclass(frozen=True, slots=True)
class Head:
    """A sheet: its name, whether it can be seen, how many rows it has, the first of them."""

    name: str
    visible: bool
    rows: int
    first: list[list[str]]


class Workbook:
    """A workbook that is being read by another program; ends it when it is closed.

    `close` may be called from another thread: whoever waits for rows then has the problem of a file
    that cannot be read.
    """

    def __init__(self, path: Path, bounds: Mapping[str, int] = BOUNDS) -> None:
        self._path = path
        self._bounds = bounds
        self._reader = self._start("read")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program that reads."""
        _end(self._reader)

    def heads(self) -> list[Head]:
        """The sheets in their order; raises the problem of a workbook that is broken or beyond a bound."""
        _, heads = self._hear()
        return [Head(**head) for head in heads]

    def rows(self, *numbers: int) -> Iterator[list[str]]:
        """All rows of sheets, one sheet after the other; may be asked once."""
        assert self._reader.stdin is not None
        try:
            self._reader.stdin.write(json.dumps(numbers).encode() + b"\n")
            self._reader.stdin.flush()
        except OSError as error:
            raise self._death() from error
        while (told := self._hear())[0] == "rows":
            yield from told[1]

    def _start(self, task: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM), str(self._path), json.dumps(dict(self._bounds)), task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        )

    def _hear(self) -> tuple[str, Any]:
        """The next message; raises the problem that it tells, or that there is none."""
        told = _message(self._reader)
        if told is None:
            raise self._death()
        if told[0] == "refused":
            raise self._refusal(*told[1])
        return told

    def _refusal(self, reason: str, found: int | str) -> Problem:
        if reason in ("unreadable", "password"):
            locked = reason == "password"
            return FILE_UNREADABLE.problem(
                "The workbook has a password. Save it without one." if locked else None,
                "该工作簿设有密码，请另存为不带密码的文件。" if locked else None,
            )
        return self._beyond("memory_bytes" if reason == "memory" else reason, found)

    def _death(self) -> Problem:
        """Why the program ended without a word."""
        code = self._reader.wait()
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return self._beyond("cpu_seconds", 0)
        if code == -signal.SIGABRT:
            return self._beyond("memory_bytes", self._farthest())
        return FILE_UNREADABLE.problem()

    def _farthest(self) -> str:
        """The farthest cell of a workbook that needs too much memory: mostly a stray value is the reason."""
        program = self._start("far")
        try:
            told = _message(program)
        finally:
            _end(program)
        return str(told[1][1]) if told is not None and told[1][0] == "cells" else ""

    def _beyond(self, bound: str, found: int | str) -> Problem:
        words, words_zh, (mend, mend_zh) = _SAID[bound]
        limit = self._bounds[bound]
        seen = f" (its farthest cell is {found})" if isinstance(found, str) and found else ""
        seen_zh = f"（最远的单元格为 {found}）" if isinstance(found, str) and found else ""
        has = f"; this one has {found:,}" if isinstance(found, int) and found else ""
        has_zh = f"，本文件为 {found:,}" if isinstance(found, int) and found else ""
        return FILE_TOO_LARGE.problem(
            f"A workbook may have at most {limit:,} {words}{has}{seen}. {mend}, and upload it again.",
            f"工作簿不得超过 {limit:,} {words_zh}{has_zh}{seen_zh}。{mend_zh}后重新上传。",
            bound=limit,
        )


def _message(program: "subprocess.Popen[bytes]") -> tuple[str, Any] | None:
    assert program.stdout is not None
    stated = program.stdout.read(4)
    length = struct.unpack(">I", stated)[0] if len(stated) == 4 else 0
    body = program.stdout.read(length) if length <= BOUNDS["piece_bytes"] else b""
    if not body or len(body) < length:
        return None
    kind, content = orjson.loads(body)
    return kind, content


def _end(program: "subprocess.Popen[bytes]") -> None:
    program.kill()
    program.wait()
    for pipe in (program.stdin, program.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not written goes to nobody
                pipe.close()
