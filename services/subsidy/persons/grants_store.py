"""SQL of the help that a person has, and of totals of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import all_but, fetch_as, statement
from services.subsidy.entitlements.store import LineDocument, OfferDocument
from services.subsidy.tables import grants

_SHOWN = ", ".join(
    f"g.{name}"
    for name in all_but(
        grants,
        "person_id",
        "payment_id",
        "line_no",
        "recovered_from",
        "recorded_at",
        "recovered_fen",
        "top_up",
    )
)


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
    elsewhere: bool
    payout_id: int | None
    payout_state: str | None
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
    offers: Sequence[OfferDocument]
    late: Sequence[LineDocument]
    cancelled_at: datetime | None
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class GrantTotal:
    """Active grants of one payer, mechanism and status."""

    payer: str
    mechanism: str
    status: str
    number: int
    amount_fen: int


_OF_PERSON = statement(f"""
    SELECT {_SHOWN}, p.payout_id, p.state AS payout_state, p.reason AS payout_reason, p.attempt
    FROM grants g LEFT JOIN payouts p USING (grant_id)
    WHERE g.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR g.coverage_year = :coverage_year)
    ORDER BY g.coverage_year DESC, g.grant_id
""")
_EXPECTED = statement("""
    SELECT coverage_year, county, enrollment_id, revision, notice, offers, late, cancelled_at,
           elsewhere
    FROM enrollments
    WHERE person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
    ORDER BY coverage_year DESC, enrollment_id
""")
_TOTALS = statement("""
    SELECT payer, mechanism, status, count(*) AS number, sum(amount_fen)::bigint AS amount_fen
    FROM grants
    WHERE county = :county AND coverage_year = :coverage_year AND revoked_at IS NULL
      AND division_code BETWEEN :lowest AND :highest
    GROUP BY payer, mechanism, status
    ORDER BY payer, mechanism, status
""")


async def grants_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[GrantOfPerson]:
    """Every grant of a person, revoked ones included, with its payout."""
    return await fetch_as(conn, GrantOfPerson, _OF_PERSON, person_id=person_id, coverage_year=coverage_year)


async def expected_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[ExpectedHelp]:
    """What the newest assessments of a person promise."""
    return await fetch_as(conn, ExpectedHelp, _EXPECTED, person_id=person_id, coverage_year=coverage_year)


async def grant_totals(
    conn: AsyncConnection, county: str, coverage_year: int, division_range: tuple[str, str]
) -> list[GrantTotal]:
    """Active grants of a county and year by payer, mechanism and status."""
    lowest, highest = division_range
    return await fetch_as(
        conn, GrantTotal, _TOTALS, county=county, coverage_year=coverage_year, lowest=lowest, highest=highest
    )
