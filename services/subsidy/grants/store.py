"""SQL of grants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, all_but, any_of, execute, fetch_as, statement
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import Grant, GrantKey, PersonYear, YearKey
from services.subsidy.payouts.rules import MONEY_IS_OUT, PayoutState
from services.subsidy.tables import grants, payouts


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A new grant as it is written; one that was taken back within the same batch is written as revoked."""

    grant_id: int
    county: str
    coverage_year: int
    person_id: int
    enrollment_id: int
    assessment_id: int
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    completes_enrollment: bool
    payment_id: int | None
    line_no: int | None
    granted_at: datetime
    revoked_at: datetime | None
    revoke_reason: str | None
    recovered_fen: int = 0
    top_up: int = 0
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Revoked:
    """That a stored grant is taken back, and whose money went back to its payer where it had left."""

    grant_id: int
    revoked_at: datetime
    revoke_reason: str
    recovered_from: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """That a stored grant rests on this payment line."""

    grant_id: int
    payment_id: int
    line_no: int


@dataclass(frozen=True, slots=True)
class _ActiveGrant:
    grant_id: int
    coverage_year: int
    person_id: int
    enrollment_id: int
    assessment_id: int
    county: str
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    completes_enrollment: bool
    granted_at: datetime
    payment_id: int | None
    line_no: int | None
    recovered_fen: int
    top_up: int
    elsewhere: bool
    locked: bool
    tried: bool
    struck: bool
    revoked: bool


_WANTED = Records(grants, "person_id", "coverage_year", alias="wanted")
_GRANT = Records(grants, *all_but(grants, "recovered_from", "recorded_at"))
_REVOKED = Records(grants, "grant_id", "revoked_at", "revoke_reason", "recovered_from", alias="gone")
_MOVED = Records(grants, "grant_id", "payment_id", "line_no", alias="moved")

# Payouts are locked in the order of their ids before their state is believed: a batch that is being made must
# either see the grant revoked, or be seen.
_ACTIVE = statement(f"""
    WITH money AS MATERIALIZED (
        SELECT grant_id, state, attempt FROM payouts
        WHERE person_id {any_of(payouts.c.person_id, "person_ids")} AND kind = 'subsidy'
          AND state <> '{PayoutState.CANCELLED}'
        ORDER BY payout_id
        FOR UPDATE
    )
    SELECT grant_id, coverage_year, person_id, enrollment_id, assessment_id, county, division_code, payer,
           status, mechanism, amount_fen, late, completes_enrollment, granted_at, payment_id, line_no,
           recovered_fen, top_up, elsewhere,
           coalesce(money.state IN {listed(sorted(MONEY_IS_OUT))}, false) AS locked,
           coalesce(money.attempt > 0, false) AS tried, line.state IS NOT NULL AS struck,
           revoked_at IS NOT NULL AS revoked
    FROM {_WANTED}
    JOIN grants USING (person_id, coverage_year)
    LEFT JOIN money USING (grant_id)
    LEFT JOIN (SELECT grant_id, state FROM verification_lines WHERE state = 'struck_out') AS line
        USING (grant_id)
    WHERE revoked_at IS NULL OR line.state IS NOT NULL
""")
_ADD = statement(f"""
    INSERT INTO grants ({_GRANT.names}) SELECT {_GRANT.names} FROM {_GRANT} ORDER BY grant_id
""")
_REVOKE = statement(f"""
    UPDATE grants SET {_REVOKED.changes("revoked_at", "revoke_reason", "recovered_from")}
    FROM {_REVOKED} WHERE grants.grant_id = gone.grant_id
""")


_MOVE = statement(f"""
    UPDATE grants SET {_MOVED.changes("payment_id", "line_no")}
    FROM {_MOVED} WHERE grants.grant_id = moved.grant_id
""")
_RECOVER_PART = statement("""
    UPDATE grants SET recovered_fen = recovered_fen + :fen WHERE grant_id = :grant_id
""")


async def load_grants(conn: AsyncConnection, years: Mapping[YearKey, PersonYear]) -> None:
    """Read the active grants of people whose rows are locked into their years, and lock their payouts.

    Beside them what was struck off a roster, which is not given again.
    """
    person_ids = list({key.person_id for key in years})
    wanted = [key._asdict() for key in years]
    for row in await fetch_as(conn, _ActiveGrant, _ACTIVE, person_ids=person_ids, wanted=wanted):
        year = years[YearKey(row.person_id, row.coverage_year)]
        if row.struck:
            year.struck.add((row.enrollment_id, GrantKey(row.payer, row.late, row.elsewhere)))
        if not row.revoked:
            year.grants[row.grant_id] = _grant(row)


def _grant(row: _ActiveGrant) -> Grant:
    return Grant(
        grant_id=row.grant_id,
        enrollment_id=row.enrollment_id,
        assessment_id=row.assessment_id,
        county=row.county,
        division_code=row.division_code,
        payer=row.payer,
        status=row.status,
        mechanism=row.mechanism,
        amount_fen=row.amount_fen,
        late=row.late,
        completes_enrollment=row.completes_enrollment,
        granted_at=row.granted_at,
        payment_id=row.payment_id,
        line_no=row.line_no,
        locked=row.locked,
        tried=row.tried,
        recovered_fen=row.recovered_fen,
        top_up=row.top_up,
        elsewhere=row.elsewhere,
    )


_SOME = statement(f"""
    SELECT {_GRANT.names} FROM grants WHERE grant_id {any_of(grants.c.grant_id, "ids")}
    ORDER BY grant_id FOR UPDATE
""")


async def some(conn: AsyncConnection, grant_ids: Collection[int]) -> list[GrantRow]:
    """Grants, held until the transaction ends."""
    return await fetch_as(conn, GrantRow, _SOME, ids=sorted(grant_ids))


async def new_grant_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Draw ids for grants, rising."""
    return await next_ids(conn, grants, number, "grant_id")


async def add_grants(conn: AsyncConnection, new: Sequence[GrantRow]) -> None:
    """Write new grants."""
    await execute(conn, _ADD, rows=new)


async def revoke_grants(conn: AsyncConnection, gone: Sequence[Revoked]) -> None:
    """Mark stored grants as taken back."""
    await execute(conn, _REVOKE, gone=gone)


async def move_grants(conn: AsyncConnection, moved: Sequence[Moved]) -> None:
    """Have stored grants rest on other payment lines."""
    await execute(conn, _MOVE, moved=moved)


async def recover_part(conn: AsyncConnection, grant_id: int, fen: int) -> None:
    """Note that the person gave a part of a grant back that goes on."""
    await execute(conn, _RECOVER_PART, grant_id=grant_id, fen=fen)
