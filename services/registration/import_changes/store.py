"""SQL of what imports change: kept with the rows that do it, counted by kind, and given page by page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, copy, fetch, fetch_as, fetch_value, statement
from services.registration import tables
from services.registration.import_changes.rules import Change, Member

_COLUMNS = ("import_id", "kind", "line", "person_id", "body")
_COUNTS = statement(
    "SELECT kind, count(*) AS changes FROM import_changes WHERE import_id = :id GROUP BY kind"
)
#: Who is on record is called as the record has it now.
_PAGE = statement(
    """
    SELECT c.id, c.kind, c.line, c.person_id, c.body, p.name
    FROM import_changes c LEFT JOIN persons p ON p.id = c.person_id
    WHERE c.import_id = :import_id AND c.id > :after
      AND (CAST(:kind AS text) IS NULL OR c.kind = :kind)
    ORDER BY c.id LIMIT :limit
""",
    tables.import_changes.c.body,
    tables.persons.c.name,
)
_OTHERS = statement("""
    SELECT count(DISTINCT line) FROM import_errors
    WHERE import_id = :id AND problem = ANY(CAST(:problems AS text[]))
""")


_MEMBERS = statement(f"""
    SELECT id AS person_id, household_id FROM persons
    WHERE household_id {any_of(tables.persons.c.household_id, "homes")}
      AND merged_into IS NULL AND erased_at IS NULL
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A change on record; `name` is that of whoever is on record."""

    id: int
    kind: str
    line: int | None
    person_id: int | None
    body: dict[str, JsonValue]
    name: str | None


async def keep(conn: AsyncConnection, import_id: int, changes: Sequence[Change]) -> None:
    """Keep changes, in the transaction that makes them, or finds them in a dry run."""
    rows = [
        {
            "import_id": import_id,
            "kind": one.kind,
            "line": one.line,
            "person_id": one.person_id,
            "body": {
                "name": one.name if one.person_id is None else None,
                "number": one.number if one.person_id is None else None,
                "values": [asdict(value) for value in one.values],
            },
        }
        for one in changes
    ]
    await copy(conn, tables.import_changes, rows, *_COLUMNS)


async def members(conn: AsyncConnection, homes: Collection[int]) -> list[Member]:
    """Whoever is on record in these households."""
    return await fetch_as(conn, Member, _MEMBERS, homes=sorted(homes)) if homes else []


async def counts(conn: AsyncConnection, import_id: int) -> Mapping[str, int]:
    """How many changes of each kind there are."""
    return {row["kind"]: row["changes"] for row in await fetch(conn, _COUNTS, id=import_id)}


async def page(conn: AsyncConnection, import_id: int, kind: str | None, after: int, limit: int) -> list[Kept]:
    """Changes, of one kind or all, in the order in which they were found."""
    return await fetch_as(conn, Kept, _PAGE, import_id=import_id, kind=kind, after=after, limit=limit)


async def count_faulty(conn: AsyncConnection, import_id: int, problems: Sequence[str]) -> int:
    """How many rows were rejected for one of these problems."""
    return await fetch_value(conn, int, _OTHERS, id=import_id, problems=list(problems)) or 0
