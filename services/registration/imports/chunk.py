"""A chunk of a file: what was read, and its progress and faults, written in the transaction of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.web.problems import Problem
from services.registration.imports import store


@dataclass(slots=True)
class Chunk:
    """Rows of a file that are written together: those that could be read, and those that could not."""

    before: int
    number: int
    rows: list[Any] = field(default_factory=list)
    faulty: list[tuple[int, Problem]] = field(default_factory=list)


async def advance(
    conn: AsyncConnection,
    import_id: int,
    chunk: Chunk,
    rejected: Sequence[tuple[int, Problem]],
    **counts: int,
) -> None:
    """Write progress and faults in the transaction of the chunk."""
    await store.progress(
        conn,
        import_id,
        chunk.before,
        chunk.number,
        counts | {"rejected": len({line for line, _ in rejected})},
    )
    errors = [
        error
        for line, problem in sorted(rejected, key=lambda item: item[0])
        for error in faults_of(line, problem)
    ]
    if errors:
        await store.add_errors(conn, import_id, errors)


def faults_of(line: int, problem: Problem) -> list[tuple]:
    """The rows of the error list for one rejected row: a line per fault, with what to do."""
    if problem.errors:
        return [
            (line, number, problem.type.slug, error.pointer.lstrip("#/"), error.detail, error.detail_zh)
            for number, error in enumerate(problem.errors)
        ]
    kind = problem.type
    detail = problem.detail or f"{kind.title}. {kind.mend}"
    detail_zh = problem.detail_zh or f"{kind.title_zh}。{kind.mend_zh}"
    return [(line, 0, kind.slug, None, detail, detail_zh)]
