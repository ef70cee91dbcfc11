"""Checks of the way of the money: movements are steps of the notice, or have a case."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.cases.rules import OFF_PATH
from services.ledger.paths.rules import OffPath, check


@dataclass(slots=True)
class _Movement:
    movement_id: int
    county: str
    coverage_year: int
    kind: str
    payee: str | None
    clause: str | None
    off_path: str | None
    case_fen: int | None
    amount_fen: int


_MOVEMENTS = statement(f"""
    SELECT m.id AS movement_id, m.county, m.coverage_year, m.kind, m.payee, m.clause, m.off_path,
           m.amount_fen, c.amount_fen AS case_fen
    FROM movements m
    LEFT JOIN cases c ON c.kind = '{OFF_PATH.code}' AND c.subject = 'movements/' || m.id
    ORDER BY m.id
""")


async def are_the_notices(sources: Sources, found: Findings) -> None:
    """Money moved by a step that the notice has, or with a reason and a case over the same money."""
    async for one in sources.stream("ledger", _Movement, _MOVEMENTS):
        found.compared += 1
        which = f"movement {one.movement_id}"
        if (one.off_path is None) != (one.case_fen is None):
            found.differs(which, "has moved off the way of the notice, or not, and its case says otherwise")
        elif one.case_fen is not None and one.case_fen != one.amount_fen:
            found.differs(which, f"moved {one.amount_fen} fen, and its case is about {one.case_fen} fen")
        elif one.clause is not None and not _is_step(sources, one):
            found.differs(which, f"was a step by {one.clause}, and the notice has none like it now")


def _is_step(sources: Sources, one: _Movement) -> bool:
    notice = sources.notices.get((one.county, one.coverage_year))
    try:
        return notice is None or check(notice, one.kind, one.payee, "") is not None
    except OffPath:
        return False
