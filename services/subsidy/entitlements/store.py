"""SQL of the facts that decide subsidies: enrollments and payment lines. Grants stand in grants_store.py."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection
from libs.common.events import SubsidyLine
from services.subsidy.entitlements.facts import Enrollment, Offer, Payment, PersonYear

#: Person and coverage year: what subsidies are decided for.
YearKey = tuple[int, int]

_ENROLLMENTS = """
SELECT e.*
FROM unnest($1::bigint[], $2::integer[]) AS wanted (person_id, coverage_year)
JOIN enrollments e USING (person_id, coverage_year)
"""
#: Enrollments that can matter to a payment: most carry no help at all.
_HELPED_ENROLLMENTS = _ENROLLMENTS + "WHERE e.offers <> '[]'::jsonb OR e.late <> '[]'::jsonb"

_PAYMENTS = """
SELECT p.payment_id, p.line_no, p.person_id, p.coverage_year, p.county, p.division_code, p.enrollment_id,
       p.assessment_id, p.price_fen, p.own_fen, p.subsidies, p.paid_at, p.happened_at, p.amount_fen,
       p.refunded_fen, p.withdrawn
FROM unnest($1::bigint[], $2::integer[]) AS wanted (person_id, coverage_year)
JOIN payment_lines p USING (person_id, coverage_year)
WHERE p.state = 'applied'
"""

_SAVE_ENROLLMENTS = """
INSERT INTO enrollments (county, coverage_year, enrollment_id, person_id, household_id, division_code,
                         revision, assessment_id, notice, assessed_at, offers, late, cancelled_at)
SELECT county, coverage_year, enrollment_id, person_id, household_id, division_code, revision,
       assessment_id, notice, assessed_at, offers, late, cancelled_at
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::integer[],
            $8::bigint[], $9::text[], $10::timestamptz[], $11::jsonb[], $12::jsonb[], $13::timestamptz[])
  AS seen (county, coverage_year, enrollment_id, person_id, household_id, division_code, revision,
           assessment_id, notice, assessed_at, offers, late, cancelled_at)
ORDER BY coverage_year, enrollment_id
ON CONFLICT (coverage_year, enrollment_id) DO UPDATE
SET person_id = excluded.person_id, household_id = coalesce(excluded.household_id, enrollments.household_id),
    division_code = excluded.division_code, revision = excluded.revision,
    assessment_id = excluded.assessment_id, notice = coalesce(excluded.notice, enrollments.notice),
    assessed_at = excluded.assessed_at, offers = excluded.offers, late = excluded.late,
    cancelled_at = excluded.cancelled_at
"""


@dataclass(frozen=True, slots=True)
class SavedEnrollment:
    """An enrollment as it stands after a batch, with what only the register of enrollments needs."""

    key: YearKey
    enrollment: Enrollment
    household_id: int | None
    notice: str | None


async def load_years(
    conn: AsyncConnection, keys: Collection[YearKey], *, only_helped: bool = False
) -> dict[YearKey, PersonYear]:
    """Read enrollments and payments of locked people; `only_helped` skips enrollments without any help."""
    raw = await driver_connection(conn)
    years = {key: PersonYear() for key in keys}
    columns = [key[0] for key in years], [key[1] for key in years]
    for row in await raw.fetch(_HELPED_ENROLLMENTS if only_helped else _ENROLLMENTS, *columns):
        enrollment = _enrollment(row)
        years[row["person_id"], row["coverage_year"]].enrollments[enrollment.enrollment_id] = enrollment
    for row in await raw.fetch(_PAYMENTS, *columns):
        payment = _payment(row)
        years[row["person_id"], row["coverage_year"]].payments[payment.payment_id, payment.line_no] = payment
    return years


async def save_enrollments(conn: AsyncConnection, rows: Sequence[SavedEnrollment]) -> None:
    """Write enrollments, each once, as they stand now."""
    raw = await driver_connection(conn)
    await raw.execute(
        _SAVE_ENROLLMENTS,
        [row.enrollment.county for row in rows],
        [row.key[1] for row in rows],
        [row.enrollment.enrollment_id for row in rows],
        [row.key[0] for row in rows],
        [row.household_id for row in rows],
        [row.enrollment.division_code for row in rows],
        [row.enrollment.revision for row in rows],
        [row.enrollment.assessment_id for row in rows],
        [row.notice for row in rows],
        [row.enrollment.assessed_at for row in rows],
        [_offers_to_json(row.enrollment.offers) for row in rows],
        [_lines_to_json(row.enrollment.late) for row in rows],
        [row.enrollment.cancelled_at for row in rows],
    )


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line of money that arrived, applied or in suspense."""

    payment_id: int
    line_no: int
    county: str | None
    coverage_year: int | None
    person_id: int | None
    enrollment_id: int | None
    assessment_id: int | None
    division_code: str | None
    channel: str
    transaction_no: str
    state: str
    reason: str | None
    amount_fen: int
    price_fen: int | None
    own_fen: int | None
    subsidies: tuple[SubsidyLine, ...]
    paid_at: datetime
    happened_at: datetime


# A line that is applied stays so, and a suspended one becomes applied: the order of arrival does not matter.
_SAVE_LINES = """
INSERT INTO payment_lines AS known
      (payment_id, line_no, county, coverage_year, person_id, enrollment_id, assessment_id, division_code,
       channel, transaction_no, state, reason, amount_fen, price_fen, own_fen, subsidies, paid_at,
       happened_at)
SELECT payment_id, line_no, county, coverage_year, person_id, enrollment_id, assessment_id, division_code,
       channel, transaction_no, state, reason, amount_fen, price_fen, own_fen, subsidies, paid_at, happened_at
FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
            $15::bigint[], $16::jsonb[], $17::timestamptz[], $18::timestamptz[])
  AS seen (payment_id, line_no, county, coverage_year, person_id, enrollment_id, assessment_id, division_code,
           channel, transaction_no, state, reason, amount_fen, price_fen, own_fen, subsidies, paid_at,
           happened_at)
ORDER BY payment_id, line_no
ON CONFLICT (payment_id, line_no) DO UPDATE
SET county = excluded.county, coverage_year = excluded.coverage_year, person_id = excluded.person_id,
    enrollment_id = excluded.enrollment_id, assessment_id = excluded.assessment_id,
    division_code = excluded.division_code, state = excluded.state, amount_fen = excluded.amount_fen,
    price_fen = excluded.price_fen, own_fen = excluded.own_fen, subsidies = excluded.subsidies,
    paid_at = excluded.paid_at, happened_at = excluded.happened_at
WHERE known.state = 'suspended' AND excluded.state = 'applied'
RETURNING payment_id, line_no, (xmax = 0) AS new
"""


async def save_lines(conn: AsyncConnection, lines: Sequence[PaymentLine]) -> dict[tuple[int, int], bool]:
    """Write payment lines, each once; give those that were written and whether they are new here."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(
        _SAVE_LINES,
        [line.payment_id for line in lines],
        [line.line_no for line in lines],
        [line.county for line in lines],
        [line.coverage_year for line in lines],
        [line.person_id for line in lines],
        [line.enrollment_id for line in lines],
        [line.assessment_id for line in lines],
        [line.division_code for line in lines],
        [line.channel for line in lines],
        [line.transaction_no for line in lines],
        [line.state for line in lines],
        [line.reason for line in lines],
        [line.amount_fen for line in lines],
        [line.price_fen for line in lines],
        [line.own_fen for line in lines],
        [_lines_to_json(line.subsidies) for line in lines],
        [line.paid_at for line in lines],
        [line.happened_at for line in lines],
    )
    return {(row["payment_id"], row["line_no"]): row["new"] for row in rows}


def _enrollment(row: Mapping[str, Any]) -> Enrollment:
    return Enrollment(
        enrollment_id=row["enrollment_id"],
        county=row["county"],
        division_code=row["division_code"],
        revision=row["revision"],
        assessment_id=row["assessment_id"],
        assessed_at=row["assessed_at"],
        offers=tuple(
            Offer(
                datetime.fromisoformat(offer["from_at"]),
                datetime.fromisoformat(offer["until_at"]) if offer["until_at"] else None,
                offer["exempt"],
                lines_from_json(offer["lines"]),
            )
            for offer in row["offers"]
        ),
        late=lines_from_json(row["late"]),
        cancelled_at=row["cancelled_at"],
    )


def _payment(row: Mapping[str, Any]) -> Payment:
    return Payment(
        payment_id=row["payment_id"],
        line_no=row["line_no"],
        enrollment_id=row["enrollment_id"],
        assessment_id=row["assessment_id"],
        county=row["county"],
        division_code=row["division_code"],
        price_fen=row["price_fen"],
        own_fen=row["own_fen"],
        lines=lines_from_json(row["subsidies"]),
        paid_at=row["paid_at"],
        happened_at=row["happened_at"],
        amount_fen=row["amount_fen"],
        refunded_fen=row["refunded_fen"],
        withdrawn=row["withdrawn"],
    )


def lines_from_json(lines: Iterable[Mapping[str, Any]]) -> tuple[SubsidyLine, ...]:
    """Read subsidy lines as they are kept in JSON columns."""
    return tuple(SubsidyLine(**line) for line in lines)


def _lines_to_json(lines: tuple[SubsidyLine, ...]) -> str:
    return json.dumps([dict(line) for line in lines]) if lines else "[]"


def _offers_to_json(offers: tuple[Offer, ...]) -> str:
    if not offers:
        return "[]"
    return json.dumps(
        [
            {
                "from_at": offer.from_at.isoformat(),
                "until_at": offer.until_at.isoformat() if offer.until_at else None,
                "exempt": offer.exempt,
                "lines": [dict(line) for line in offer.lines],
            }
            for offer in offers
        ]
    )
