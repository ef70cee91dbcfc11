"""Carries exemptions over to dues: granted or revoked, in any order."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from services.collection.dues import exemptions_store as store
from services.collection.dues.exemptions_store import EndedGrant, Exemption, ToldOf
from services.collection.households.members_store import wake_others
from services.collection.matching.store import Explanation, wake
from services.collection.orders.closing import close_changed

_Told = SubsidyGranted | SubsidyRevoked


async def exempt(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep who is exempt, and judge anew what waits of theirs. The caller holds the lease."""
    told = [(one.fact, one.message.time) for one in batch if _concerns(one)]
    facts = [fact for fact, _ in told if isinstance(fact, _Told)]
    granted = [_exemption(fact) for fact in facts if isinstance(fact, SubsidyGranted)]
    ended = {fact.grant_id: _end(fact) for fact in facts if isinstance(fact, SubsidyRevoked)}
    await store.know(conn, [_told_of(fact) for fact in facts])
    await store.write(conn, list({one.grant_id: one for one in granted}.values()), list(ended.values()))
    await store.refresh(conn, sorted({fact.enrollment_id for fact in facts}))
    if facts:
        changed, at = [fact.enrollment_id for fact in facts], max(at for _, at in told)
        await wake_others(conn, changed, at)
        await close_changed(conn, changed, at)
    await wake(
        conn,
        [
            Explanation(None, fact.person_id, fact.county, fact.coverage_year, at)
            for fact, at in told
            if isinstance(fact, _Told)
        ],
    )


def _concerns(received: Received) -> bool:
    """Whether it may change who is exempt."""
    fact = received.fact
    if isinstance(fact, SubsidyGranted):
        return fact.completes_enrollment
    return isinstance(fact, SubsidyRevoked) and not fact.elsewhere


def _told_of(fact: _Told) -> ToldOf:
    return ToldOf(fact.enrollment_id, fact.person_id, fact.county, fact.coverage_year, fact.division_code)


def _exemption(fact: SubsidyGranted) -> Exemption:
    return Exemption(fact.grant_id, fact.enrollment_id, fact.assessment_id, fact.granted_at)


def _end(fact: SubsidyRevoked) -> EndedGrant:
    return EndedGrant(fact.grant_id, fact.enrollment_id, fact.revoked_at)
