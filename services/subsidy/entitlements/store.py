"""SQL of the facts that decide subsidies: enrollments and payment lines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.answers import Outcome
from libs.common.db.rows import Records, all_but, execute, fetch_as, statement
from libs.common.events import SubsidyLine
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import Enrollment, Offer, Payment, PersonYear, YearKey
from services.subsidy.refunds.rules import GIVES_MONEY, RefundState
from services.subsidy.tables import enrollments

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
    merged_into: int | None
    merging: bool
    elsewhere: bool


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
    leaving: bool
    subsidies: Sequence[LineDocument]
    paid_at: datetime
    happened_at: datetime


_WANTED = Records(enrollments, "person_id", "coverage_year", alias="wanted")
_ENROLLMENT = Records(enrollments, *all_but(enrollments, "recorded_at"))

_ENROLLMENTS = f"""
    SELECT {_ENROLLMENT.names} FROM {_WANTED} JOIN enrollments USING (person_id, coverage_year)
"""
_ALL_ENROLLMENTS = statement(_ENROLLMENTS)
#: Enrollments that can matter to a payment: most carry no help at all.
_HELPED_ENROLLMENTS = statement(
    _ENROLLMENTS
    + "WHERE offers <> '[]'::jsonb OR late <> '[]'::jsonb OR contest_no > 0 OR merged_into IS NOT NULL"
)


def went_back(line: str, states: Iterable[RefundState] = GIVES_MONEY, unless: str = "false") -> str:
    """What went back of a line, by refunds in these states (`unless` something is true of them) and outside.

    To be joined beside the line: how much (`fen`), and whether that ended its contribution (`ended`). Where
    refunds that claim money count, so does what is held for its channel.
    """
    held = f"""
            UNION ALL
            SELECT amount_fen, false FROM channel_refunds
            WHERE payment_id = {line}.payment_id AND line_no = {line}.line_no AND state = 'held'"""
    return f"""LATERAL (
        SELECT coalesce(sum(back.fen), 0)::bigint AS fen,
               coalesce(bool_or(back.withdraws) OR sum(back.fen) >= {line}.amount_fen, false) AS ended
        FROM (
            SELECT amount_fen AS fen, withdraws FROM refunds
            WHERE payment_id = {line}.payment_id AND line_no = {line}.line_no
              AND state IN {listed(states)} AND NOT ({unless})
            UNION ALL
            SELECT amount_fen, withdraws FROM line_returns
            WHERE payment_id = {line}.payment_id AND line_no = {line}.line_no{
        held if RefundState.REQUESTED in states else ""
    }
        ) AS back
    )"""


# Whether a refund of the payment or of a part of it is on its way to the card. One that came back from there
# is money of its own, in suspense.
_LEAVING = f"""EXISTS (
        SELECT FROM payment_lines own JOIN refunds r USING (payment_id, line_no)
        WHERE own.person_id = l.person_id AND own.coverage_year = l.coverage_year AND own.state = 'applied'
          AND coalesce(own.part_of, own.payment_id) = l.payment_id AND own.repaired_year IS NULL
          AND r.state = '{RefundState.APPROVED}' AND NOT EXISTS (
              SELECT FROM payouts JOIN attempts USING (payout_id)
              WHERE payouts.refund_id = r.refund_id AND attempts.outcome = '{Outcome.RETURNED}'
          )
    )"""
# Help rests on the payment that bears the voucher, and is measured by all that its parts paid together. A
# part that ended before this payment was applied (again) is none of it.
_PAYMENTS = statement(f"""
    SELECT l.payment_id, l.line_no, l.person_id, l.coverage_year, l.county, l.division_code, l.enrollment_id,
           l.assessment_id, l.price_fen, l.own_fen + parts.own_fen AS own_fen,
           l.amount_fen + parts.amount_fen AS amount_fen, mine.fen + parts.back_fen AS refunded_fen,
           mine.ended OR parts.ended AS withdrawn, (mine.ended OR parts.ended) AND {_LEAVING} AS leaving,
           l.subsidies, l.paid_at, l.happened_at
    FROM {_WANTED} JOIN payment_lines l USING (person_id, coverage_year),
    {went_back("l")} AS mine, LATERAL (
        SELECT coalesce(sum(part.own_fen), 0)::bigint AS own_fen,
               coalesce(sum(part.amount_fen), 0)::bigint AS amount_fen,
               coalesce(sum(given.fen), 0)::bigint AS back_fen, coalesce(bool_or(given.ended), false) AS ended
        FROM payment_lines part, {went_back("part")} AS given
        WHERE part.person_id = wanted.person_id AND part.coverage_year = wanted.coverage_year
          AND part.part_of = l.payment_id AND part.state = 'applied'
          AND (NOT given.ended OR part.happened_at >= l.happened_at)
    ) AS parts
    WHERE l.state = 'applied' AND l.part_of IS NULL AND l.repaired_year IS NULL
""")

_NEWEST = _ENROLLMENT.taken_over(
    *("person_id", "division_code", "revision", "assessment_id", "assessed_at", "offers", "late"),
    *("cancelled_at", "cancelled_revision", "contest_no", "contested", "withdrawn_revision", "withdrawn_at"),
    *("ends_cover", "registered_at", "elsewhere"),
)
_SAVE_ENROLLMENTS = statement(f"""
    INSERT INTO enrollments ({_ENROLLMENT.names}) SELECT {_ENROLLMENT.names} FROM {_ENROLLMENT}
    ORDER BY coverage_year, enrollment_id
    ON CONFLICT (coverage_year, enrollment_id) DO UPDATE
    SET {_NEWEST}, household_id = coalesce(excluded.household_id, enrollments.household_id),
        notice = coalesce(excluded.notice, enrollments.notice)
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
        merged_into=row.merged_into,
        merging=row.merging,
        elsewhere=row.elsewhere,
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
        leaving=row.leaving,
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
