"""SQL of the facts that decide subsidies: enrollments and payment lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, execute, fetch, statement
from libs.common.events import SubsidyLine
from services.subsidy.entitlements.facts import Enrollment, Offer, Payment, PersonYear
from services.subsidy.tables import enrollments as enrollments_table
from services.subsidy.tables import payment_lines as lines_table

#: Person and coverage year: what subsidies are decided for.
YearKey = tuple[int, int]
#: Rows of `year_keys`, as the parameter `wanted`.
YEAR_KEYS = Records(enrollments_table, "person_id", "coverage_year", alias="wanted")

_ENROLLMENTS = f"SELECT e.* FROM {YEAR_KEYS} JOIN enrollments e USING (person_id, coverage_year)"
_ALL = statement(_ENROLLMENTS)
#: Enrollments that can matter to a payment: most carry no help at all.
_HELPED = statement(f"{_ENROLLMENTS} WHERE e.offers <> '[]'::jsonb OR e.late <> '[]'::jsonb")
_PAYMENTS = statement(f"""
    SELECT p.* FROM {YEAR_KEYS} JOIN payment_lines p USING (person_id, coverage_year)
    WHERE p.state = 'applied'
""")

_SEEN = Records(enrollments_table, *all_but(enrollments_table, "recorded_at"))
_SAVE_ENROLLMENTS = statement(f"""
    INSERT INTO enrollments ({_SEEN.names}) SELECT {_SEEN.names} FROM {_SEEN}
    ORDER BY coverage_year, enrollment_id
    ON CONFLICT (coverage_year, enrollment_id) DO UPDATE
    SET household_id = coalesce(excluded.household_id, enrollments.household_id),
        notice = coalesce(excluded.notice, enrollments.notice),
        {
    _SEEN.taken_over(
        "person_id",
        "division_code",
        "revision",
        "assessment_id",
        "assessed_at",
        "offers",
        "late",
        "cancelled_at",
    )
}
""")


@dataclass(frozen=True, slots=True)
class SavedEnrollment:
    """An enrollment as it stands after a batch, with what only the register of enrollments needs."""

    key: YearKey
    enrollment: Enrollment
    household_id: int | None
    notice: str | None


def year_keys(keys: Iterable[YearKey]) -> list[dict[str, object]]:
    """People and years as rows of `YEAR_KEYS`."""
    return [{"person_id": person_id, "coverage_year": year} for person_id, year in keys]


async def load_years(
    conn: AsyncConnection, keys: Collection[YearKey], *, only_helped: bool = False
) -> dict[YearKey, PersonYear]:
    """Read enrollments and payments of locked people; `only_helped` skips enrollments without any help."""
    years = {key: PersonYear() for key in keys}
    wanted = year_keys(years)
    for row in await fetch(conn, _HELPED if only_helped else _ALL, wanted=wanted):
        enrollment = _enrollment(row)
        years[row["person_id"], row["coverage_year"]].enrollments[enrollment.enrollment_id] = enrollment
    for row in await fetch(conn, _PAYMENTS, wanted=wanted):
        payment = _payment(row)
        years[row["person_id"], row["coverage_year"]].payments[payment.payment_id, payment.line_no] = payment
    return years


async def save_enrollments(conn: AsyncConnection, rows: Sequence[SavedEnrollment]) -> None:
    """Write enrollments, each once, as they stand now."""
    await execute(
        conn,
        _SAVE_ENROLLMENTS,
        rows=[
            {name: getattr(row.enrollment, name) for name in _PLAIN_OF_ENROLLMENT}
            | {
                "person_id": row.key[0],
                "coverage_year": row.key[1],
                "household_id": row.household_id,
                "notice": row.notice,
                "offers": [_offer_json(offer) for offer in row.enrollment.offers],
                "late": _lines_json(row.enrollment.late),
            }
            for row in rows
        ],
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


_LINE = Records(lines_table, *(field.name for field in fields(PaymentLine)))
# A line that is applied stays so, and a suspended one becomes applied: the order of arrival does not matter.
_SAVE_LINES = statement(f"""
    INSERT INTO payment_lines AS known ({_LINE.names}) SELECT {_LINE.names} FROM {_LINE}
    ORDER BY payment_id, line_no
    ON CONFLICT (payment_id, line_no) DO UPDATE
    SET {
    _LINE.taken_over(
        "county",
        "coverage_year",
        "person_id",
        "enrollment_id",
        "assessment_id",
        "division_code",
        "state",
        "amount_fen",
        "price_fen",
        "own_fen",
        "subsidies",
        "paid_at",
        "happened_at",
    )
}
    WHERE known.state = 'suspended' AND excluded.state = 'applied'
    RETURNING payment_id, line_no, (xmax = 0) AS new
""")


async def save_lines(conn: AsyncConnection, lines: Sequence[PaymentLine]) -> dict[tuple[int, int], bool]:
    """Write payment lines, each once; give those that were written and whether they are new here."""
    rows = [
        {name: getattr(line, name) for name in _LINE.columns} | {"subsidies": _lines_json(line.subsidies)}
        for line in lines
    ]
    return {
        (row["payment_id"], row["line_no"]): row["new"] for row in await fetch(conn, _SAVE_LINES, rows=rows)
    }


_OFFER = TypeAdapter(Offer)
_PLAIN_OF_ENROLLMENT = tuple(
    field.name for field in fields(Enrollment) if field.name not in ("offers", "late")
)
_PLAIN_OF_PAYMENT = tuple(field.name for field in fields(Payment) if field.name != "lines")


def _enrollment(row: RowMapping) -> Enrollment:
    return Enrollment(
        **{name: row[name] for name in _PLAIN_OF_ENROLLMENT},
        offers=offers_from_json(row["offers"]),
        late=lines_from_json(row["late"]),
    )


def _payment(row: RowMapping) -> Payment:
    return Payment(**{name: row[name] for name in _PLAIN_OF_PAYMENT}, lines=lines_from_json(row["subsidies"]))


def lines_from_json(lines: Iterable[Mapping[str, object]]) -> tuple[SubsidyLine, ...]:
    """Read subsidy lines as they are kept in JSON columns."""
    return tuple(SubsidyLine.model_validate(line) for line in lines)


def offers_from_json(offers: Iterable[Mapping[str, object]]) -> tuple[Offer, ...]:
    """Read offers as they are kept in JSON columns."""
    return tuple(_OFFER.validate_python(offer) for offer in offers)


def _lines_json(lines: Iterable[SubsidyLine]) -> list[dict[str, object]]:
    return [dict(line) for line in lines]


def _offer_json(offer: Offer) -> dict[str, object]:
    return {
        "from_at": offer.from_at.isoformat(),
        "until_at": offer.until_at.isoformat() if offer.until_at else None,
        "exempt": offer.exempt,
        "lines": _lines_json(offer.lines),
    }
