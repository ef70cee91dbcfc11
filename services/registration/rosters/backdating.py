"""Rosters that are said to have arrived before they are typed, after the window: two answer for the day.

The day of receipt decides public money then: the bureau sets it, the receipt is the evidence, and a second
officer agrees before anything of it counts.
"""

from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_identity_number, mask_name
from services.registration.notices.rules import notice_of
from services.registration.rosters import waiting_store as store
from services.registration.rosters.admission import admission, read_rows
from services.registration.rosters.isolating import apply_each
from services.registration.rosters.recording import record_refused, record_taken
from services.registration.rosters.rules import Header, Listed
from services.registration.rosters.waiting_store import WaitingRoster
from services.registration.settings import RegistrationContext

#: What the second person agrees to.
OPERATION = "backdated_roster"
#: So many people of a roster are shown to whoever is asked to agree; all are counted.
_SHOWN = 20
_DIVISION_DIGITS = 12


async def ask(
    conn: AsyncConnection, notice: Notice, roster: WaitingRoster, rows: Sequence[Listed], caller: Caller
) -> ApprovalRow:
    """Keep a roster until a second person agrees; nothing counts before. `rows` are those to be taken."""
    roster_id = await store.keep(conn, roster)
    division = notice.division if notice.division.startswith(caller.division) else caller.division
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"rosters/{roster_id}",
            payload=_payload(roster, rows),
            reason=roster.receipt,
            asked_by=caller.subject,
            asked_at=roster.asked_at,
            county=roster.county,
            coverage_year=roster.coverage_year,
            division_code=division.ljust(_DIVISION_DIGITS, "0"),
        ),
    )


async def agree(
    conn: AsyncConnection, context: RegistrationContext, asked: ApprovalRow, decision: Decision
) -> None:
    """The second person agreed: the roster counts as of the day of its receipt, and is known from now on."""
    roster = await store.the(conn, int(asked.subject.removeprefix("rosters/")))
    notice = notice_of(context.notices, roster.county, roster.coverage_year)
    today = business_date(roster.asked_at)
    rows, _ = await read_rows(notice, roster.status, roster.rows, roster.defaults, today)
    admissible = admission(notice, roster.division)
    await apply_each(conn, _header(roster), rows, admissible, now=decision.at, sent_by=roster.sent_by)
    sender = Caller(roster.sent_by, frozenset(), roster.division)
    await record_taken(conn, sender, "send_roster", rows, decision.at, roster.status)
    await record_refused(conn, context.digests, sender, "send_roster", rows, decision.at)


def _header(roster: WaitingRoster) -> Header:
    return Header(
        county=roster.county,
        coverage_year=roster.coverage_year,
        status=roster.status,
        department=roster.department,
        listed_on=roster.listed_on,
        mode=roster.mode,
    )


def _payload(roster: WaitingRoster, rows: Sequence[Listed]) -> dict[str, JsonValue]:
    """What the second person sees: the day and its receipt, and the people, masked."""
    return {
        "status": roster.status,
        "department": roster.department,
        "listed_on": roster.listed_on.isoformat(),
        "mode": roster.mode,
        "receipt": roster.receipt,
        "rows": len(rows),
        "people": [
            {
                "id_number": mask_identity_number(row.number),
                "name": mask_name(row.name) if row.name else None,
                "effective_on": row.effective_on.isoformat(),
            }
            for row in rows[:_SHOWN]
        ],
    }
