"""Writes the progress and the faults of a chunk of a file, in the transaction of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.store import LineFault

Read = TypeVar("Read")


@dataclass(slots=True)
class Chunk(Generic[Read]):
    """Rows of a file that are written together: those that could be read, and those that could not."""

    before: int
    number: int
    rows: list[Read] = field(default_factory=list)
    faulty: list[tuple[int, Problem]] = field(default_factory=list)


async def advance(
    conn: AsyncConnection,
    import_id: int,
    chunk: Chunk[Read],
    rejected: Sequence[tuple[int, Problem]],
    **counts: int,
) -> None:
    """Write progress and faults in the transaction of the chunk."""
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
    await store.add_errors(conn, import_id, errors)


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
