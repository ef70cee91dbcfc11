"""SQL of payment lines: what is told of them, in whatever order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, statement
from services.subsidy.entitlements.facts import LineKey, YearKey
from services.subsidy.entitlements.store import LineDocument
from services.subsidy.tables import payment_lines


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line of money that arrived, applied or in suspense.

    `first` of what is told of it is that it arrived and waits. With `repaired_year` it repairs a lapsed year
    beside the contribution, which lets cover begin on `cover_from`. `employee_fund` owes what a personal
    account paid.
    """

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
    first: bool
    amount_fen: int
    price_fen: int | None
    own_fen: int | None
    part_of: int | None
    subsidies: Sequence[LineDocument]
    paid_at: datetime
    happened_at: datetime
    payer_digest: str | None = None
    repaired_year: int | None = None
    cover_from: date | None = None
    employee_fund: str | None = None

    @property
    def key(self) -> LineKey:
        """Which line of which payment this is."""
        return LineKey(self.payment_id, self.line_no)

    def after(self, known: "PaymentLine") -> "PaymentLine":
        """What is known of a line with this fact too: the newer one, and all money that it ever had.

        That money arrived and waits is the first that there is to say of it, whenever it is heard. Why it
        waits by now, what it was used for, and that it was taken back happened in the order of their events.
        """
        first, again = (known, self) if self._says_more_than(known) else (self, known)
        payer_digest = first.payer_digest or again.payer_digest
        amount_fen = max(first.amount_fen, again.amount_fen)
        return replace(again, amount_fen=amount_fen, payer_digest=payer_digest)

    def _says_more_than(self, known: "PaymentLine") -> bool:
        return not self.first and (known.first or self.happened_at >= known.happened_at)


class Written(NamedTuple):
    """A line of which something was news, and what was on record of it before."""

    line: PaymentLine
    new: bool
    waited_for: str | None
    waited_of: int | None


@dataclass(frozen=True, slots=True)
class _Saved:
    payment_id: int
    line_no: int
    state: str
    happened_at: datetime
    new: bool
    waited_for: str | None
    waited_of: int | None


_LINE = Records(payment_lines, *all_but(payment_lines, "recorded_at"))
# The rule of `PaymentLine.after`, for lines of which something is on record.
_SAYS_MORE = """
    NOT excluded.first AND (known.first OR excluded.happened_at >= known.happened_at)
"""
_NEWER = ", ".join(
    f"{name} = CASE WHEN {_SAYS_MORE} THEN excluded.{name} ELSE known.{name} END"
    for name in all_but(payment_lines, "payment_id", "line_no", "amount_fen", "recorded_at", "payer_digest")
)
_SAVE_LINES = statement(f"""
    WITH before AS (
        SELECT l.payment_id, l.line_no, l.reason AS waited_for, l.person_id AS waited_of
        FROM {_LINE} JOIN payment_lines l USING (payment_id, line_no)
    ), saved AS (
        INSERT INTO payment_lines AS known ({_LINE.names}) SELECT {_LINE.names} FROM {_LINE}
        ORDER BY payment_id, line_no
        ON CONFLICT (payment_id, line_no) DO UPDATE
        SET amount_fen = greatest(known.amount_fen, excluded.amount_fen), {_NEWER},
            payer_digest = coalesce(known.payer_digest, excluded.payer_digest)
        WHERE {_SAYS_MORE} OR excluded.amount_fen > known.amount_fen
           OR (known.payer_digest IS NULL AND excluded.payer_digest IS NOT NULL)
        RETURNING payment_id, line_no, state, happened_at, (xmax = 0) AS new
    )
    SELECT saved.*, waited_for, waited_of FROM saved LEFT JOIN before USING (payment_id, line_no)
""")


async def save_lines(conn: AsyncConnection, told: Iterable[PaymentLine]) -> list[Written]:
    """Write what is told of payment lines, in its order; give those of which it is news, each once."""
    lines: dict[LineKey, PaymentLine] = {}
    for line in told:
        known = lines.get(line.key)
        lines[line.key] = line if known is None else line.after(known)
    saved = await fetch_as(conn, _Saved, _SAVE_LINES, rows=list(lines.values()))
    news = {(row.payment_id, row.line_no, row.state, row.happened_at): row for row in saved}
    now = [(line, news.get((*line.key, line.state, line.happened_at))) for line in lines.values()]
    return [Written(line, row.new, row.waited_for, row.waited_of) for line, row in now if row is not None]


_YEARS = Records(payment_lines, "person_id", "coverage_year", alias="asked")
_OF_YEARS = statement(f"""
    SELECT {_LINE.names} FROM {_YEARS} JOIN payment_lines USING (person_id, coverage_year)
    WHERE state = 'applied' ORDER BY payment_id, line_no
""")


async def lines_of(conn: AsyncConnection, years: Collection[YearKey]) -> list[PaymentLine]:
    """The applied lines of people's years, parts and repaired lapsed years as well."""
    return await fetch_as(conn, PaymentLine, _OF_YEARS, asked=[key._asdict() for key in years])
