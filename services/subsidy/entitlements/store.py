"""SQL of the facts that decide subsidies: enrollments and payment lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, execute, fetch, fetch_as, statement
from libs.common.events import SubsidyLine
from libs.common.events.collection import PaymentTakenBack
from services.subsidy.entitlements.facts import Enrollment, LineKey, Offer, Payment, PersonYear, YearKey
from services.subsidy.tables import enrollments, payment_lines

#: A subsidy line as JSON columns keep it.
LineDocument = Mapping[str, object]


class OfferDocument(TypedDict):
    """An offer as its JSON column keeps it."""

    from_at: str
    until_at: str | None
    exempt: bool
    lines: list[LineDocument]


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """An enrollment as it stands after a batch."""

    county: str
    coverage_year: int
    enrollment_id: int
    person_id: int
    household_id: int | None
    division_code: str
    revision: int
    assessment_id: int
    notice: str | None
    assessed_at: datetime | None
    offers: Sequence[OfferDocument]
    late: Sequence[LineDocument]
    registered_at: datetime | None
    cancelled_at: datetime | None
    cancelled_revision: int | None
    contest_no: int
    contested: bool
    withdrawn_revision: int | None
    withdrawn_at: datetime | None
    ends_cover: bool


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
    state: Literal["applied", "suspended"]
    reason: str | None
    amount_fen: int
    price_fen: int | None
    own_fen: int | None
    part_of: int | None
    subsidies: Sequence[LineDocument]
    paid_at: datetime
    happened_at: datetime

    @property
    def key(self) -> LineKey:
        """Which line of which payment this is."""
        return LineKey(self.payment_id, self.line_no)


@dataclass(frozen=True, slots=True)
class _AppliedLine:
    payment_id: int
    line_no: int
    person_id: int
    coverage_year: int
    county: str
    division_code: str
    enrollment_id: int
    assessment_id: int
    price_fen: int
    own_fen: int
    amount_fen: int
    refunded_fen: int
    withdrawn: bool
    subsidies: Sequence[LineDocument]
    paid_at: datetime
    happened_at: datetime


_WANTED = Records(enrollments, "person_id", "coverage_year", alias="wanted")
_ENROLLMENT = Records(enrollments, *all_but(enrollments, "recorded_at"))
_LINE = Records(payment_lines, *all_but(payment_lines, "refunded_fen", "withdrawn", "recorded_at"))

_ENROLLMENTS = f"""
    SELECT {_ENROLLMENT.names} FROM {_WANTED} JOIN enrollments USING (person_id, coverage_year)
"""
_ALL_ENROLLMENTS = statement(_ENROLLMENTS)
#: Enrollments that can matter to a payment: most carry no help at all.
_HELPED_ENROLLMENTS = statement(
    _ENROLLMENTS + "WHERE offers <> '[]'::jsonb OR late <> '[]'::jsonb OR contest_no > 0"
)

# Help rests on the payment that bears the voucher, and is measured by all that its parts paid together.
_PAYMENTS = statement(f"""
    SELECT payment_id, line_no, person_id, coverage_year, county, division_code, enrollment_id, assessment_id,
           price_fen, own_fen + parts.fen AS own_fen, amount_fen + parts.fen AS amount_fen, refunded_fen,
           withdrawn, subsidies, paid_at, happened_at
    FROM {_WANTED} JOIN payment_lines USING (person_id, coverage_year), LATERAL (
        SELECT coalesce(sum(part.own_fen), 0)::bigint AS fen FROM payment_lines part
        WHERE part.person_id = wanted.person_id AND part.coverage_year = wanted.coverage_year
          AND part.part_of = payment_lines.payment_id AND part.state = 'applied' AND NOT part.withdrawn
    ) AS parts
    WHERE state = 'applied' AND part_of IS NULL
""")

_NEWEST = _ENROLLMENT.taken_over(
    *("person_id", "division_code", "revision", "assessment_id", "assessed_at", "offers", "late"),
    *("cancelled_at", "cancelled_revision", "contest_no", "contested", "withdrawn_revision", "withdrawn_at"),
    *("ends_cover", "registered_at"),
)
_SAVE_ENROLLMENTS = statement(f"""
    INSERT INTO enrollments ({_ENROLLMENT.names}) SELECT {_ENROLLMENT.names} FROM {_ENROLLMENT}
    ORDER BY coverage_year, enrollment_id
    ON CONFLICT (coverage_year, enrollment_id) DO UPDATE
    SET {_NEWEST}, household_id = coalesce(excluded.household_id, enrollments.household_id),
        notice = coalesce(excluded.notice, enrollments.notice)
""")

_APPLIED = _LINE.taken_over(
    *("county", "coverage_year", "person_id", "enrollment_id", "assessment_id", "division_code", "state"),
    *("amount_fen", "price_fen", "own_fen", "part_of", "subsidies", "paid_at", "happened_at"),
)
# A line that is applied stays so, and a suspended one becomes applied: the order of arrival does not matter.
_SAVE_LINES = statement(f"""
    INSERT INTO payment_lines AS known ({_LINE.names}) SELECT {_LINE.names} FROM {_LINE}
    ORDER BY payment_id, line_no
    ON CONFLICT (payment_id, line_no) DO UPDATE SET {_APPLIED}
    WHERE known.state = 'suspended' AND excluded.state = 'applied'
    RETURNING payment_id, line_no, (xmax = 0) AS new
""")


_TAKEN_BACK = Records(payment_lines, "payment_id", "line_no", "reason")
_SUSPEND_LINES = statement(f"""
    UPDATE payment_lines l SET state = 'suspended', reason = rows.reason
    FROM {_TAKEN_BACK} WHERE l.payment_id = rows.payment_id AND l.line_no = rows.line_no
""")


async def load_years(
    conn: AsyncConnection, keys: Collection[YearKey], *, only_helped: bool = False
) -> dict[YearKey, PersonYear]:
    """Read enrollments and payments of locked people; `only_helped` skips enrollments without any help."""
    years = {key: PersonYear() for key in keys}
    wanted = [key._asdict() for key in keys]
    of_enrollments = _HELPED_ENROLLMENTS if only_helped else _ALL_ENROLLMENTS
    for row in await fetch_as(conn, EnrollmentRow, of_enrollments, wanted=wanted):
        years[YearKey(row.person_id, row.coverage_year)].enrollments[row.enrollment_id] = _enrollment(row)
    for line in await fetch_as(conn, _AppliedLine, _PAYMENTS, wanted=wanted):
        payment = _payment(line)
        years[YearKey(line.person_id, line.coverage_year)].payments[payment.key] = payment
    return years


async def save_enrollments(conn: AsyncConnection, rows: Sequence[EnrollmentRow]) -> None:
    """Write enrollments, each once, as they stand now."""
    await execute(conn, _SAVE_ENROLLMENTS, rows=rows)


async def suspend_lines(conn: AsyncConnection, taken_back: Sequence[PaymentTakenBack]) -> None:
    """Let lines that collection took back wait in suspense; their help is decided anew."""
    if taken_back:
        rows = [{"payment_id": t.payment_id, "line_no": t.line_no, "reason": t.reason} for t in taken_back]
        await execute(conn, _SUSPEND_LINES, rows=rows)


async def save_lines(conn: AsyncConnection, lines: Sequence[PaymentLine]) -> dict[LineKey, bool]:
    """Write payment lines, each once; give those that were written and whether they are new here."""
    written = await fetch(conn, _SAVE_LINES, rows=lines)
    return {LineKey(row["payment_id"], row["line_no"]): row["new"] for row in written}


def _enrollment(row: EnrollmentRow) -> Enrollment:
    return Enrollment(
        enrollment_id=row.enrollment_id,
        county=row.county,
        division_code=row.division_code,
        revision=row.revision,
        assessment_id=row.assessment_id,
        assessed_at=row.assessed_at,
        offers=tuple(map(_offer, row.offers)),
        late=_lines(row.late),
        registered_at=row.registered_at,
        cancelled_at=row.cancelled_at,
        cancelled_revision=row.cancelled_revision,
        contest_no=row.contest_no,
        contested=row.contested,
        withdrawn_revision=row.withdrawn_revision,
        withdrawn_at=row.withdrawn_at,
        ends_cover=row.ends_cover,
    )


def _offer(document: OfferDocument) -> Offer:
    until = document["until_at"]
    return Offer(
        from_at=datetime.fromisoformat(document["from_at"]),
        until_at=datetime.fromisoformat(until) if until else None,
        exempt=document["exempt"],
        lines=_lines(document["lines"]),
    )


def _payment(row: _AppliedLine) -> Payment:
    return Payment(
        payment_id=row.payment_id,
        line_no=row.line_no,
        enrollment_id=row.enrollment_id,
        assessment_id=row.assessment_id,
        county=row.county,
        division_code=row.division_code,
        price_fen=row.price_fen,
        own_fen=row.own_fen,
        lines=_lines(row.subsidies),
        paid_at=row.paid_at,
        happened_at=row.happened_at,
        amount_fen=row.amount_fen,
        refunded_fen=row.refunded_fen,
        withdrawn=row.withdrawn,
    )


def _lines(documents: Iterable[LineDocument]) -> tuple[SubsidyLine, ...]:
    return tuple(SubsidyLine.model_validate(document) for document in documents)


def line_documents(lines: Iterable[SubsidyLine]) -> list[LineDocument]:
    """Subsidy lines as JSON columns keep them."""
    return [
        {
            "payer": line.payer,
            "status": line.status,
            "amount_fen": line.amount_fen,
            "mechanism": line.mechanism,
        }
        for line in lines
    ]


def offer_documents(offers: Iterable[Offer]) -> list[OfferDocument]:
    """Offers as their JSON column keeps them."""
    return [
        {
            "from_at": offer.from_at.isoformat(),
            "until_at": offer.until_at.isoformat() if offer.until_at else None,
            "exempt": offer.exempt,
            "lines": line_documents(offer.lines),
        }
        for offer in offers
    ]
