"""What can be decided about cases of this service, and what else needs a second person."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, Desk
from libs.common.cases.store import ApprovalRow
from libs.common.service import ServiceContext
from services.ledger.arrivals import reversing
from services.ledger.cases.rules import KINDS
from services.ledger.matches import entering
from services.ledger.papers import signing
from services.ledger.periods import closing
from services.ledger.settings import LedgerSettings
from services.ledger.work_funds import reversing as work_funds


async def _close(
    conn: AsyncConnection,
    context: ServiceContext[LedgerSettings, None],
    asked: ApprovalRow,
    decision: Decision,
) -> None:
    await closing.close(conn, context.notices, asked, decision)


async def _reopen(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    await closing.reopen(conn, asked, decision)


DESK = Desk(
    KINDS,
    operations={
        entering.OPERATION: entering.agree,
        reversing.OPERATION: reversing.agree,
        work_funds.OPERATION: work_funds.agree,
        signing.OPERATION: signing.agree,
        closing.CLOSE: _close,
        closing.REOPEN: _reopen,
    },
    seeing=("ledger:write",),
    scopes={signing.OPERATION: "ledger:sign"},
    first={signing.OPERATION: signing.hold},
)
