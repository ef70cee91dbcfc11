"""Takes help back whose money had left and came back to its payer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.cases import store as cases
from libs.common.cases.store import Gone
from libs.common.events.subsidy import SubsidyRecovered, SubsidyRevoked
from services.subsidy.cases.rules import CAUSE_GONE, RECOVERY, subject_of
from services.subsidy.grants import store
from services.subsidy.grants.store import GrantRow, Revoked

#: Whose money went back to the payer.
Source = Literal["fund", "person"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whose money came back, when, why the help ended, and what caused it."""

    source: Source
    at: datetime
    reason: str
    cause: Cause


async def recover(conn: AsyncConnection, grants: Sequence[GrantRow], how: Recovery) -> None:
    """Take grants back whose money came back, tell it, and close the cases about them.

    Those that were taken back meanwhile are left alone.
    """
    standing = [grant for grant in grants if grant.revoked_at is None]
    await store.revoke_grants(
        conn, [Revoked(grant.grant_id, how.at, how.reason, how.source) for grant in standing]
    )
    await _tell(conn, [_revoked(grant, how.at) for grant in standing], how)
    await tell_recovered(conn, standing, how)
    gone = [Gone(RECOVERY.code, subject_of(grant.grant_id)) for grant in standing]
    await cases.close_cases(conn, gone, how.at, CAUSE_GONE)


async def tell_recovered(conn: AsyncConnection, grants: Sequence[GrantRow], how: Recovery) -> None:
    """Tell that money of grants, taken back before or now, came back to its payer."""
    await _tell(conn, [_recovered(grant, how) for grant in grants], how)


async def recover_part(conn: AsyncConnection, grant: GrantRow, fen: int, how: Recovery) -> None:
    """Note that a part of a grant came back that goes on with the rest, and tell it."""
    await store.recover_part(conn, grant.grant_id, fen)
    await _tell(conn, [_recovered(grant, how, fen)], how)


async def _tell(
    conn: AsyncConnection, facts: Sequence[SubsidyRevoked | SubsidyRecovered], how: Recovery
) -> None:
    await outbox.append(
        conn,
        [
            Draft(
                fact,
                str(fact.person_id),
                how.at,
                correlation_id=how.cause.correlation_id,
                causation_id=how.cause.causation_id,
            )
            for fact in facts
        ],
    )


def _revoked(grant: GrantRow, at: datetime) -> SubsidyRevoked:
    return SubsidyRevoked(
        grant_id=grant.grant_id,
        person_id=grant.person_id,
        enrollment_id=grant.enrollment_id,
        county=grant.county,
        coverage_year=grant.coverage_year,
        division_code=grant.division_code,
        payer=grant.payer,
        mechanism=grant.mechanism,
        amount_fen=grant.amount_fen - grant.recovered_fen,
        reason="withdrawn",
        revoked_at=at,
        elsewhere=grant.elsewhere,
    )


def _recovered(grant: GrantRow, how: Recovery, part_fen: int | None = None) -> SubsidyRecovered:
    return SubsidyRecovered(
        grant_id=grant.grant_id,
        person_id=grant.person_id,
        enrollment_id=grant.enrollment_id,
        county=grant.county,
        coverage_year=grant.coverage_year,
        division_code=grant.division_code,
        payer=grant.payer,
        source=how.source,
        amount_fen=grant.amount_fen - grant.recovered_fen if part_fen is None else part_fen,
        recovered_at=how.at,
        goes_on=part_fen is not None,
    )
