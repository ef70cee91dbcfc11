"""Notes that help which had left came back from the person, or is given up."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from services.subsidy.grants import store as grants
from services.subsidy.grants.recording import recovered_facts
from services.subsidy.grants.store import Revoked


async def recovered(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The person gave the help back: the grant is taken back, its payer has the money again."""
    grant = await grants.one(conn, int(case.subject.removeprefix("grants/")))
    if grant is None or grant.revoked_at is not None:
        return
    await grants.revoke_grants(conn, [Revoked(grant.grant_id, decision.at, "withdrawn")])
    facts = recovered_facts(grant, "person", decision.at)
    await outbox.append(conn, [Draft(fact, str(grant.person_id), decision.at) for fact in facts])
