"""SQL of grants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
from libs.common.db.rows import Records, copy, execute, fetch, fetch_as, statement
from libs.common.events import SubsidyLine
from services.subsidy.entitlements.facts import Grant, Offer, PersonYear
from services.subsidy.entitlements.store import (
    YEAR_KEYS,
    YearKey,
    lines_from_json,
    offers_from_json,
    year_keys,
)
from services.subsidy.payouts.rules import MONEY_IS_OUT, PayoutState, listed
from services.subsidy.tables import grants as grants_table

# Payouts are locked in the order of their ids before their state is believed: a batch that is being made must
# either see the grant revoked, or be seen.
_ACTIVE = statement(f"""
    WITH money AS MATERIALIZED (
        SELECT grant_id, state FROM payouts
        WHERE person_id = ANY(CAST(:person_ids AS bigint[])) AND kind = 'subsidy'
          AND state <> '{PayoutState.CANCELLED}'
        ORDER BY payout_id
        FOR UPDATE
    )
    SELECT g.*, coalesce(money.state IN ({listed(MONEY_IS_OUT)}), false) AS locked
    FROM {YEAR_KEYS} JOIN grants g USING (person_id, coverage_year)
    LEFT JOIN money USING (grant_id)
    WHERE g.revoked_at IS NULL
""")
_GONE = Records(grants_table, "grant_id", "revoked_at", "revoke_reason", alias="gone")
_REVOKE = statement(f"""
    UPDATE grants SET {_GONE.changes("revoked_at", "revoke_reason")} FROM {_GONE}
    WHERE grants.grant_id = gone.grant_id
""")
_GRANT = tuple(field.name for field in fields(Grant))
_NEW = (
    *(name for name in _GRANT if name != "locked"),
    "person_id",
    "coverage_year",
    "revoked_at",
    "revoke_reason",
)


class Revoked(NamedTuple):
    """When and why a grant was taken back."""

    revoked_at: datetime
    revoke_reason: str


async def load_grants(conn: AsyncConnection, years: Mapping[YearKey, PersonYear]) -> None:
    """Read the active grants of people whose rows are locked into their years, and lock their payouts."""
    people = [person_id for person_id, _ in years]
    for row in await fetch(conn, _ACTIVE, person_ids=people, wanted=year_keys(years)):
        grant = Grant(**{name: row[name] for name in _GRANT})
        years[row["person_id"], row["coverage_year"]].grants[grant.grant_id] = grant


async def new_grant_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Draw ids for grants, rising."""
    return await next_ids(conn, grants_table, number, "grant_id")


async def add_grants(
    conn: AsyncConnection, grants: Sequence[tuple[YearKey, Grant]], revoked: Mapping[int, Revoked]
) -> None:
    """Write new grants; one that was taken back within the same batch is written as revoked."""
    rows = []
    for (person_id, coverage_year), grant in grants:
        gone = revoked.get(grant.grant_id)
        rows.append(
            {name: getattr(grant, name) for name in _GRANT}
            | {
                "person_id": person_id,
                "coverage_year": coverage_year,
                "revoked_at": gone.revoked_at if gone else None,
                "revoke_reason": gone.revoke_reason if gone else None,
            }
        )
    await copy(conn, grants_table, rows, *_NEW)


async def revoke_grants(conn: AsyncConnection, revoked: Mapping[int, Revoked]) -> None:
    """Mark stored grants as taken back."""
    await execute(
        conn, _REVOKE, gone=[{"grant_id": grant_id, **how._asdict()} for grant_id, how in revoked.items()]
    )


_OF_PERSON = statement("""
    SELECT g.grant_id, g.county, g.coverage_year, g.enrollment_id, g.assessment_id, g.division_code, g.payer,
           g.status, g.mechanism, g.amount_fen, g.late, g.completes_enrollment, g.granted_at, g.revoked_at,
           g.revoke_reason, p.payout_id, p.state AS payout_state, p.reason AS payout_reason, p.attempt
    FROM grants g LEFT JOIN payouts p USING (grant_id)
    WHERE g.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR g.coverage_year = :coverage_year)
    ORDER BY g.coverage_year DESC, g.grant_id
""")
_EXPECTED = statement("""
    SELECT coverage_year, county, enrollment_id, revision, notice, offers, late, cancelled_at
    FROM enrollments
    WHERE person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
    ORDER BY coverage_year DESC, enrollment_id
""")
_SUMS = statement("""
    SELECT payer, mechanism, status, count(*) AS number, sum(amount_fen)::bigint AS amount_fen
    FROM grants
    WHERE county = :county AND coverage_year = :coverage_year AND revoked_at IS NULL
      AND division_code BETWEEN :lowest AND :highest
    GROUP BY payer, mechanism, status
    ORDER BY payer, mechanism, status
""")


@dataclass(frozen=True, slots=True)
class GrantOfPerson:
    """A grant, active or revoked, with its payout."""

    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    completes_enrollment: bool
    granted_at: datetime
    revoked_at: datetime | None
    revoke_reason: str | None
    payout_id: int | None
    payout_state: PayoutState | None
    payout_reason: str | None
    attempt: int | None


@dataclass(frozen=True, slots=True)
class ExpectedHelp:
    """What the newest assessment of an enrollment promises."""

    coverage_year: int
    county: str
    enrollment_id: int
    revision: int
    notice: str | None
    offers: tuple[Offer, ...]
    late: tuple[SubsidyLine, ...]
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class GrantSum:
    """Active grants of one payer, mechanism and status."""

    payer: str
    mechanism: str
    status: str
    number: int
    amount_fen: int


async def grants_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[GrantOfPerson]:
    """Every grant of a person, revoked ones included, with its payout."""
    return await fetch_as(conn, GrantOfPerson, _OF_PERSON, person_id=person_id, coverage_year=coverage_year)


async def expected_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[ExpectedHelp]:
    """What the newest assessments of a person promise."""
    rows = await fetch(conn, _EXPECTED, person_id=person_id, coverage_year=coverage_year)
    return [
        ExpectedHelp(
            **{
                **row,
                "offers": offers_from_json(row["offers"]),
                "late": lines_from_json(row["late"]),
            }
        )
        for row in rows
    ]


async def grant_sums(
    conn: AsyncConnection, county: str, coverage_year: int, division_range: Collection[str]
) -> list[GrantSum]:
    """Active grants of a county and year by payer, mechanism and status."""
    lowest, highest = division_range
    return await fetch_as(
        conn, GrantSum, _SUMS, county=county, coverage_year=coverage_year, lowest=lowest, highest=highest
    )
