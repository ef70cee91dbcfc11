"""SQL of what is left of payment lines."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, statement
from libs.common.transitions import listed
from services.subsidy.entitlements.facts import LineKey
from services.subsidy.entitlements.left import REIMBURSE_TO_CARD
from services.subsidy.entitlements.store import went_back
from services.subsidy.payouts.rules import MONEY_IS_OUT
from services.subsidy.refunds.rules import CLAIMS_MONEY, LineMoney
from services.subsidy.tables import payment_lines


@dataclass(frozen=True, slots=True)
class LineAndMoney:
    """A payment line, and its money."""

    payment_id: int
    line_no: int
    county: str | None
    coverage_year: int | None
    person_id: int | None
    division_code: str | None
    channel: str
    transaction_no: str
    state: str
    reason: str | None
    amount_fen: int
    refunded_fen: int
    mates_fen: int | None
    card_fen: int
    card_out_fen: int
    payer_digest: str | None
    paid_at: datetime
    repaired_year: int | None
    cover_from: date | None
    employee_fund: str | None

    @property
    def key(self) -> LineKey:
        """Which line of which payment this is."""
        return LineKey(self.payment_id, self.line_no)

    @property
    def money(self) -> LineMoney:
        """What can be given back of it."""
        return LineMoney(
            applied=self.state == "applied",
            amount_fen=self.amount_fen,
            refunded_fen=self.refunded_fen,
            card_fen=self.card_fen,
            card_out_fen=self.card_out_fen,
            mates_fen=self.mates_fen,
            to_account=self.employee_fund is not None,
        )


def _claimed(line: str) -> str:
    """What went back of a line or is claimed of it, without one refund."""
    return went_back(line, CLAIMS_MONEY, "refund_id IS NOT DISTINCT FROM CAST(:without AS bigint)")


_LINES = Records(payment_lines, "payment_id", "line_no", alias="asked")
# Mates paid the same due: one of them bears the voucher, the others are parts of it. A part that ended before
# this line was applied (again) is none. Help on the card rests on the line that bears the voucher.
_MONEY = statement(f"""
    SELECT l.payment_id, l.line_no, l.county, l.coverage_year, l.person_id, l.division_code, l.channel,
           l.transaction_no, l.state, l.reason, l.amount_fen, mine.fen AS refunded_fen,
           mates.left_fen AS mates_fen, card.fen AS card_fen, card.out_fen AS card_out_fen, l.payer_digest,
           l.paid_at, l.repaired_year,
           l.cover_from, l.employee_fund
    FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no), {_claimed("l")} AS mine, LATERAL (
        SELECT sum(greatest(m.amount_fen - theirs.fen, 0))::bigint AS left_fen
        FROM payment_lines m, {_claimed("m")} AS theirs
        WHERE l.state = 'applied' AND m.state = 'applied' AND m.person_id = l.person_id
          AND m.coverage_year = l.coverage_year AND m.payment_id <> l.payment_id
          AND l.repaired_year IS NULL AND m.repaired_year IS NULL
          AND coalesce(m.part_of, m.payment_id) = coalesce(l.part_of, l.payment_id)
          AND (m.part_of IS NULL OR m.happened_at >= l.happened_at)
    ) AS mates, LATERAL (
        SELECT coalesce(sum(g.amount_fen - g.recovered_fen), 0)::bigint AS fen,
               coalesce(sum(g.amount_fen - g.recovered_fen) FILTER (
                   WHERE g.recovered_from = 'fund' OR p.state IN {listed(sorted(MONEY_IS_OUT))}
               ), 0)::bigint AS out_fen
        FROM grants g LEFT JOIN payouts p USING (grant_id)
        WHERE l.state = 'applied' AND l.repaired_year IS NULL
          AND g.person_id = l.person_id AND g.coverage_year = l.coverage_year
          AND g.payment_id = coalesce(l.part_of, l.payment_id) AND g.mechanism = '{REIMBURSE_TO_CARD}'
          AND (g.revoked_at IS NULL OR g.recovered_from = 'fund')
    ) AS card
    ORDER BY l.payment_id, l.line_no
""")


_BESIDE = statement(f"""
    SELECT DISTINCT r.payment_id, r.line_no
    FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
    JOIN payment_lines r ON r.person_id = l.person_id AND r.coverage_year = l.coverage_year
    WHERE l.repaired_year IS NULL AND r.repaired_year IS NOT NULL AND r.state = 'applied' ORDER BY 1, 2
""")
_CONTRIBUTIONS = statement(f"""
    SELECT DISTINCT c.payment_id, c.line_no
    FROM {_LINES} JOIN payment_lines l USING (payment_id, line_no)
    JOIN payment_lines c ON c.person_id = l.person_id AND c.coverage_year = l.coverage_year
    WHERE c.repaired_year IS NULL AND c.state = 'applied' ORDER BY 1, 2
""")


async def repairs_beside(conn: AsyncConnection, lines: Collection[LineKey]) -> list[LineKey]:
    """The lapsed years that were repaired beside these contributions."""
    return await fetch_as(conn, LineKey, _BESIDE, asked=[line._asdict() for line in sorted(lines)])


async def contributions_of(conn: AsyncConnection, repairs: Collection[LineKey]) -> list[LineKey]:
    """The contributions that count of the people and years of repaired years."""
    return await fetch_as(conn, LineKey, _CONTRIBUTIONS, asked=[line._asdict() for line in sorted(repairs)])


async def line(conn: AsyncConnection, key: LineKey, without: int | None = None) -> LineAndMoney | None:
    """Look one payment line up."""
    return next(iter(await money_of(conn, [key], without)), None)


async def money_of(
    conn: AsyncConnection, lines: Collection[LineKey], without: int | None = None
) -> list[LineAndMoney]:
    """These lines and their money, as it is without one refund."""
    asked = [line._asdict() for line in sorted(lines)]
    return await fetch_as(conn, LineAndMoney, _MONEY, asked=asked, without=without)
