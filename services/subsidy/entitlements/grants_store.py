"""SQL of grants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection
from services.subsidy.entitlements.facts import Grant, PersonYear
from services.subsidy.entitlements.store import YearKey

# Payouts are locked in the order of their ids before their state is believed: a batch that is being made must
# either see the grant revoked, or be seen.
_ACTIVE = """
WITH money AS MATERIALIZED (
    SELECT grant_id, state FROM payouts
    WHERE person_id = ANY($1::bigint[]) AND kind = 'subsidy' AND state <> 'cancelled'
    ORDER BY payout_id
    FOR UPDATE
)
SELECT g.*, coalesce(money.state IN ('sent', 'paid'), false) AS locked
FROM unnest($1::bigint[], $2::integer[]) AS wanted (person_id, coverage_year)
JOIN grants g USING (person_id, coverage_year)
LEFT JOIN money USING (grant_id)
WHERE g.revoked_at IS NULL
"""

_IDS = "SELECT nextval(pg_get_serial_sequence('grants', 'grant_id')) FROM generate_series(1, $1::integer)"

_ADD = """
INSERT INTO grants (grant_id, county, coverage_year, person_id, enrollment_id, assessment_id, division_code,
                    payer, status, mechanism, amount_fen, late, completes_enrollment, payment_id, line_no,
                    granted_at, revoked_at, revoke_reason)
SELECT *
FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::bigint[], $12::boolean[], $13::boolean[], $14::bigint[],
            $15::integer[], $16::timestamptz[], $17::timestamptz[], $18::text[]) AS seen (grant_id)
ORDER BY grant_id
"""

_REVOKE = """
UPDATE grants SET revoked_at = gone.revoked_at, revoke_reason = gone.reason
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS gone (grant_id, revoked_at, reason)
WHERE grants.grant_id = gone.grant_id
"""


async def load_grants(conn: AsyncConnection, years: dict[YearKey, PersonYear]) -> None:
    """Read the active grants of people whose rows are locked into their years, and lock their payouts."""
    raw = await driver_connection(conn)
    for row in await raw.fetch(_ACTIVE, [key[0] for key in years], [key[1] for key in years]):
        grant = Grant(
            grant_id=row["grant_id"],
            enrollment_id=row["enrollment_id"],
            assessment_id=row["assessment_id"],
            county=row["county"],
            division_code=row["division_code"],
            payer=row["payer"],
            status=row["status"],
            mechanism=row["mechanism"],
            amount_fen=row["amount_fen"],
            late=row["late"],
            completes_enrollment=row["completes_enrollment"],
            granted_at=row["granted_at"],
            payment_id=row["payment_id"],
            line_no=row["line_no"],
            locked=row["locked"],
        )
        years[row["person_id"], row["coverage_year"]].grants[grant.grant_id] = grant


async def new_grant_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Draw ids for grants, rising."""
    raw = await driver_connection(conn)
    return [row[0] for row in await raw.fetch(_IDS, number)]


async def add_grants(
    conn: AsyncConnection,
    grants: Sequence[tuple[YearKey, Grant]],
    revoked: dict[int, tuple[datetime, str]],
) -> None:
    """Write new grants; one that was taken back within the same batch is written as revoked."""
    raw = await driver_connection(conn)
    gone = [revoked.get(grant.grant_id, (None, None)) for _, grant in grants]
    await raw.execute(
        _ADD,
        [grant.grant_id for _, grant in grants],
        [grant.county for _, grant in grants],
        [key[1] for key, _ in grants],
        [key[0] for key, _ in grants],
        [grant.enrollment_id for _, grant in grants],
        [grant.assessment_id for _, grant in grants],
        [grant.division_code for _, grant in grants],
        [grant.payer for _, grant in grants],
        [grant.status for _, grant in grants],
        [grant.mechanism for _, grant in grants],
        [grant.amount_fen for _, grant in grants],
        [grant.late for _, grant in grants],
        [grant.completes_enrollment for _, grant in grants],
        [grant.payment_id for _, grant in grants],
        [grant.line_no for _, grant in grants],
        [grant.granted_at for _, grant in grants],
        [at for at, _ in gone],
        [reason for _, reason in gone],
    )


async def revoke_grants(conn: AsyncConnection, revoked: dict[int, tuple[datetime, str]]) -> None:
    """Mark stored grants as taken back."""
    raw = await driver_connection(conn)
    await raw.execute(
        _REVOKE,
        list(revoked),
        [at for at, _ in revoked.values()],
        [reason for _, reason in revoked.values()],
    )


_OF_PERSON = """
SELECT g.*, p.payout_id, p.state AS payout_state, p.reason AS payout_reason, p.attempt
FROM grants g LEFT JOIN payouts p USING (grant_id)
WHERE g.person_id = $1 AND ($2::integer IS NULL OR g.coverage_year = $2)
ORDER BY g.coverage_year DESC, g.grant_id
"""

_EXPECTED = """
SELECT coverage_year, county, enrollment_id, revision, notice, offers, late, cancelled_at
FROM enrollments
WHERE person_id = $1 AND ($2::integer IS NULL OR coverage_year = $2)
ORDER BY coverage_year DESC, enrollment_id
"""


async def grants_of(conn: AsyncConnection, person_id: int, year: int | None) -> list[dict[str, Any]]:
    """Every grant of a person, revoked ones included, with its payout."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_OF_PERSON, person_id, year)]


async def expected_of(conn: AsyncConnection, person_id: int, year: int | None) -> list[dict[str, Any]]:
    """What the newest assessments of a person promise."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_EXPECTED, person_id, year)]


_SUMS = """
SELECT payer, mechanism, status, count(*) AS number, sum(amount_fen)::bigint AS amount_fen
FROM grants
WHERE county = $1 AND coverage_year = $2 AND revoked_at IS NULL AND division_code BETWEEN $3 AND $4
GROUP BY payer, mechanism, status
ORDER BY payer, mechanism, status
"""


async def grant_sums(
    conn: AsyncConnection, county: str, year: int, division_range: Collection[str]
) -> list[dict[str, Any]]:
    """Active grants of a county and year by payer, mechanism and status."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_SUMS, county, year, *division_range)]
