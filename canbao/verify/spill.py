"""Keeps many small records apart by key, on disk if need be, so that each part can be worked through."""

import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Self

#: Parts: of a million enrollments each holds sixteen thousand.
PARTS = 64
#: What a part may take in memory before it becomes a file.
_IN_MEMORY_BYTES = 1 << 14


class Spill:
    """Records of a fixed number of 64-bit integers, in parts by their first."""

    def __init__(self, width: int) -> None:
        self._record = struct.Struct(f"<{width}q")
        self._stack = ExitStack()
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        for _ in range(PARTS):
            part = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)
            self._files.append(self._stack.enter_context(part))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def put(self, key: int, *values: int) -> None:
        """Write one record to the part of `key`."""
        self._files[key % PARTS].write(self._record.pack(key, *values))

    def parts(self) -> Iterator[Iterator[tuple[int, ...]]]:
        """Give each part as its records, in the order in which they were put."""
        for file in self._files:
            file.seek(0)
            yield self._record.iter_unpack(file.read())
