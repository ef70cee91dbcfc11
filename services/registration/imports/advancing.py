"""Reads a file chunk by chunk; progress and faults are written in the transaction of the rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.dead_letters import reason_of
from libs.common.db.isolation import apply_by_halves
from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.store import LineFault
from services.registration.registering.problems import ROW_REFUSED

log = structlog.get_logger("canbao.registration.imports")

Read = TypeVar("Read")
Line = TypeVar("Line")
Kept = TypeVar("Kept")


@dataclass(slots=True)
class Chunk(Generic[Read]):
    """Rows of a file that are written together: those that could be read, and those that could not."""

    before: int
    number: int
    rows: list[Read] = field(default_factory=list)
    faulty: list[tuple[int, Problem]] = field(default_factory=list)

    @property
    def line(self) -> int:
        """The line of the file that was read last: the first one holds the names of the columns."""
        return self.before + self.number + 1

    def read(self, reading: Callable[[], Line | Problem]) -> Line | None:
        """What that line says; None, and a fault, where it is refused or the reader stumbles over it."""
        try:
            said = reading()
        except Exception:
            log.exception("line_unread", line=self.line)
            said = ROW_REFUSED.problem()
        if isinstance(said, Problem):
            self.faulty.append((self.line, said))
            return None
        return said


async def chunks(
    lines: Iterator[list[str]], done: int, size: int, take: Callable[[list[str], Chunk[Read]], None]
) -> AsyncIterator[Chunk[Read]]:
    """Go on behind the `done` rows of a file: have each line taken into a chunk, and give the full ones."""
    for _ in islice(lines, done):
        pass
    while True:
        chunk: Chunk[Read] = Chunk(done, 0)
        for values in islice(lines, size):
            chunk.number += 1
            if any(values):
                take(values, chunk)
        if not chunk.number:
            return
        yield chunk
        done += chunk.number
        await asyncio.sleep(0)


async def keep_each(
    conn: AsyncConnection,
    rows: Sequence[tuple[int, Line]],
    keep: Callable[[Sequence[Line]], Awaitable[Kept]],
) -> tuple[list[Kept], list[tuple[int, Problem]]]:
    """Keep rows with their lines; give what the parts gave, and the lines that the database refused."""

    async def of(part: Sequence[tuple[int, Line]]) -> Kept:
        return await keep([row for _, row in part])

    done = await apply_by_halves(conn, rows, of, through=(Problem,))
    for (line, _), error in done.refused:
        log.warning("row_refused", line=line, reason=reason_of(error))
    return done.results, [(line, ROW_REFUSED.problem()) for (line, _), _ in done.refused]


async def advance(
    conn: AsyncConnection,
    import_id: int,
    chunk: Chunk[Read],
    rejected: Sequence[tuple[int, Problem]],
    told: Sequence[LineFault] = (),
    **counts: int,
) -> None:
    """Write progress, faults and what is told of rows that were taken in the transaction of the chunk."""
    await store.progress(
        conn,
        import_id,
        before=chunk.before,
        rows=chunk.number,
        counts=counts | {"rejected": len({line for line, _ in rejected})},
    )
    errors = [
        error
        for line, problem in sorted(rejected, key=lambda item: item[0])
        for error in faults_of(line, problem)
    ]
    await store.add_errors(conn, import_id, [*errors, *told])


def faults_of(line: int, problem: Problem) -> list[LineFault]:
    """The rows of the error list for one rejected row: a line per fault, with what to do."""
    kind = problem.type
    if problem.errors:
        return [
            LineFault(
                line=line,
                fault_no=number,
                problem=kind.slug,
                column_name=error.pointer.lstrip("#/"),
                detail=error.detail,
                detail_zh=error.detail_zh,
            )
            for number, error in enumerate(problem.errors)
        ]
    return [
        LineFault(
            line=line,
            fault_no=0,
            problem=kind.slug,
            column_name=None,
            detail=problem.detail or f"{kind.title}. {kind.mend}",
            detail_zh=problem.detail_zh or f"{kind.title_zh}。{kind.mend_zh}",
        )
    ]
