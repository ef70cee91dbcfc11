"""Writes what was decided about grants: the grants, their payouts and the facts that tell of them."""

from dataclasses import dataclass, field, replace
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from services.subsidy.entitlements.facts import Grant
from services.subsidy.entitlements.rules import REIMBURSE_TO_CARD, Decision, Revocation
from services.subsidy.entitlements.store import YearKey
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.store import Revoked
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.rules import PayoutKind
from services.subsidy.payouts.store import NewPayout


@dataclass(slots=True)
class Changes:
    """Decisions in the order they were made, over many people."""

    decided: list[tuple[YearKey, Grant | Revocation, Cause]] = field(default_factory=list)

    def add(self, key: YearKey, decision: Decision, cause: Cause) -> None:
        """Note a decision about one person and year."""
        self.decided.extend((key, revocation, cause) for revocation in decision.revoked)
        self.decided.extend((key, grant, cause) for grant in decision.granted)


async def record(conn: AsyncConnection, changes: Changes) -> None:
    """Write all changes of one transaction; the people they are about are locked."""
    if not changes.decided:
        return
    local = [(key, change) for key, change, _ in changes.decided if isinstance(change, Grant)]
    ids = await grants_store.new_grant_ids(conn, len(local)) if local else []
    # A local id is unique within its person and year only.
    stored = {(key, grant.grant_id): new for (key, grant), new in zip(local, ids, strict=True)}
    revoked: dict[int, Revoked] = {
        stored.get((key, change.grant.grant_id), change.grant.grant_id): Revoked(
            change.revoked_at, change.reason
        )
        for key, change, _ in changes.decided
        if isinstance(change, Revocation)
    }
    if old := {grant_id: how for grant_id, how in revoked.items() if grant_id not in set(ids)}:
        await grants_store.revoke_grants(conn, old)
        await payouts_store.cancel_payouts(conn, list(old))
    if local:
        named = [(key, replace(grant, grant_id=stored[key, grant.grant_id])) for key, grant in local]
        await grants_store.add_grants(conn, named, revoked)
        await _open_payouts(conn, [(key, grant) for key, grant in named if grant.grant_id not in revoked])
    await outbox.append(conn, [_draft(key, change, cause, stored) for key, change, cause in changes.decided])


async def _open_payouts(conn: AsyncConnection, grants: list[tuple[YearKey, Grant]]) -> None:
    new = [
        NewPayout(
            county=grant.county,
            coverage_year=coverage_year,
            kind=PayoutKind.SUBSIDY,
            grant_id=grant.grant_id,
            person_id=person_id,
            division_code=grant.division_code,
            payer=grant.payer,
            amount_fen=grant.amount_fen,
            created_at=grant.granted_at,
        )
        for (person_id, coverage_year), grant in grants
        if grant.mechanism == REIMBURSE_TO_CARD
    ]
    if new:
        await payouts_store.open_payouts(conn, new)


class _About(TypedDict):
    """What both facts about a grant say."""

    grant_id: int
    person_id: int
    enrollment_id: int
    county: str
    coverage_year: int
    division_code: str
    payer: str
    mechanism: str
    amount_fen: int


def _draft(
    key: YearKey, change: Grant | Revocation, cause: Cause, stored: dict[tuple[YearKey, int], int]
) -> Draft:
    grant = change if isinstance(change, Grant) else change.grant
    person_id, coverage_year = key
    about = _About(
        grant_id=stored.get((key, grant.grant_id), grant.grant_id),
        person_id=person_id,
        enrollment_id=grant.enrollment_id,
        county=grant.county,
        coverage_year=coverage_year,
        division_code=grant.division_code,
        payer=grant.payer,
        mechanism=grant.mechanism,
        amount_fen=grant.amount_fen,
    )
    if isinstance(change, Grant):
        at = grant.granted_at
        fact: SubsidyGranted | SubsidyRevoked = SubsidyGranted(
            **about,
            assessment_id=grant.assessment_id,
            status=grant.status,
            completes_enrollment=grant.completes_enrollment,
            granted_at=at,
        )
    else:
        at = change.revoked_at
        fact = SubsidyRevoked(**about, reason=change.reason, revoked_at=at)
    return Draft(
        fact,
        key=str(person_id),
        time=at,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )
