"""Applies rows of a roster so that a row that the database refuses keeps out only itself."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.dead_letters import reason_of
from libs.common.db.isolation import apply_by_halves
from libs.common.web.problems import Problem
from services.registration.registering.problems import ROW_REFUSED
from services.registration.rosters.applying import apply_roster
from services.registration.rosters.rules import Changes, Header, Listed, Owner

log = structlog.get_logger("canbao.registration.rosters")


async def apply_each(
    conn: AsyncConnection,
    header: Header,
    rows: Sequence[Listed],
    admissible: Callable[[Owner | None], Problem | None],
    *,
    now: datetime,
    sent_by: str,
    import_id: int | None = None,
    dry_run: bool = False,
) -> list[Changes]:
    """Take the rows; give what each part changed. A row that could not be written is among the rejected."""
    named = {row.number for row in rows} if header.mode == "replace" else ()

    async def apply(part: Sequence[Listed]) -> Changes:
        return await apply_roster(
            conn,
            header,
            part,
            admissible,
            now=now,
            sent_by=sent_by,
            import_id=import_id,
            dry_run=dry_run,
            named=named,
        )

    if not rows:
        return [await apply(rows)]  # nobody is on it: `replace` ends the status of all
    done = await apply_by_halves(conn, rows, apply, through=(Problem,))
    refused = Changes()
    for row, error in done.refused:
        log.warning("row_refused", line=row.line, reason=reason_of(error))
        row.problem = ROW_REFUSED.problem()
        refused.rejected.append((row.line, row.problem))
    return [*done.results, refused]
