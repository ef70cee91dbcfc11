"""SQL of cases that a comparison opens: which of them are open, or were decided."""

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.cases.tables import case_tables
from libs.common.db.rows import any_of, fetch_as, statement

_CASES, _, _ = case_tables(MetaData())


@dataclass(frozen=True, slots=True)
class Asked:
    """A case about a difference that is open, or was decided."""

    kind: str
    subject: str
    state: str
    evidence: dict[str, JsonValue]


_ASKED = statement(f"""
    SELECT DISTINCT ON (kind, subject) kind, subject, state, evidence FROM cases
    WHERE kind {any_of(_CASES.c.kind, "kinds")} AND starts_with(subject, :about)
      AND state IN ('{CaseState.OPEN}', '{CaseState.DECIDED}')
    ORDER BY kind, subject, case_id DESC
""")


async def asked(conn: AsyncConnection, kinds: Collection[str], about: str = "") -> list[Asked]:
    """Cases of these kinds that are open or were decided, the newest of each subject that begins so."""
    return await fetch_as(conn, Asked, _ASKED, kinds=sorted(kinds), about=about)
