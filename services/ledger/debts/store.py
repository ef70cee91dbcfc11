"""SQL of what channels owe: what was taken day by day, and which slips pay which days."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, statement
from services.ledger.accounts import rules as accounts
from services.ledger.debts.rules import GIVING_BACK, PAYING, Debt, How, Moved, Paid, SlipDay, debts_of
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import UNASSIGNED, Season
from services.ledger.tables import slip_days, slip_matches


def _list(kinds: Collection[Kind]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_SIDES = "LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen)"
_OWED = f"""
    county = :county AND coverage_year = :coverage_year
    AND (account LIKE '{accounts.clearing("")}%' OR account LIKE '{accounts.employee_fund("")}%')
    AND (CAST(:account AS text) IS NULL OR account = :account)
"""
_TAKEN_OFF = (*GIVING_BACK, Kind.CHANNEL_FEE)
# What is set apart and kept where it lies leaves the account and comes back: it moved nothing.
_MOVED = statement(f"""
    SELECT account, (business_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           coalesce(sum(fen) FILTER (WHERE kind NOT IN ({_list(_TAKEN_OFF)})), 0)::bigint AS taken_fen,
           coalesce(-sum(fen) FILTER (WHERE kind IN ({_list(GIVING_BACK)})), 0)::bigint AS given_back_fen,
           coalesce(-sum(fen) FILTER (WHERE kind = '{Kind.CHANNEL_FEE}'), 0)::bigint AS fee_fen
    FROM postings, {_SIDES}
    WHERE {_OWED} AND kind NOT IN ({_list(PAYING)})
    GROUP BY account, day HAVING bool_or(fen <> 0) ORDER BY account, day
""")
_PAID = statement(f"""
    SELECT account, -sum(fen)::bigint AS paid_fen FROM postings, {_SIDES}
    WHERE {_OWED} AND kind IN ({_list(PAYING)}) GROUP BY account ORDER BY account
""")
#: The match that counts of each slip: the newest; of what was reversed none.
_COUNTS = """
    NOT EXISTS (SELECT FROM movements r WHERE r.reverses_id = d.movement_id)
    AND d.match_no = (SELECT max(match_no) FROM slip_matches n
                      WHERE (n.county, n.coverage_year) = (d.county, d.coverage_year)
                        AND (n.movement_id, n.channel) = (d.movement_id, d.channel))
"""
_SLIPS = statement(f"""
    SELECT d.channel, d.business_on AS day, d.movement_id, m.reference, d.amount_fen
    FROM slip_days d JOIN movements m ON m.id = d.movement_id
    WHERE d.county = :county AND d.coverage_year = :coverage_year
      AND (CAST(:channel AS text) IS NULL OR d.channel = :channel) AND {_COUNTS}
    ORDER BY d.channel, d.business_on, d.movement_id
""")
_OF_MOVEMENTS = statement(f"""
    SELECT d.channel, d.business_on AS day, d.movement_id, m.reference, d.amount_fen
    FROM slip_days d JOIN movements m ON m.id = d.movement_id
    WHERE d.movement_id {any_of(slip_days.c.movement_id, "movement_ids")} AND {_COUNTS}
    ORDER BY d.movement_id, d.channel, d.business_on
""")
_NEW = Records(slip_matches)
_NEW_DAYS = Records(slip_days)
_ADD = statement(f"INSERT INTO slip_matches ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_ADD_DAYS = statement(f"INSERT INTO slip_days ({_NEW_DAYS.names}) SELECT {_NEW_DAYS.names} FROM {_NEW_DAYS}")
_HISTORY = statement(
    f"""
    SELECT {_NEW.names} FROM slip_matches
    WHERE county = :county AND coverage_year = :coverage_year AND movement_id = :movement_id
    ORDER BY channel, match_no
    """,
    slip_matches.c.reason,
)
_HISTORY_DAYS = statement(f"""
    SELECT {_NEW_DAYS.names} FROM slip_days
    WHERE county = :county AND coverage_year = :coverage_year AND movement_id = :movement_id
    ORDER BY channel, match_no, business_on
""")
_CORRECTED = statement("""
    SELECT count(*) FROM slip_matches WHERE county = :county AND coverage_year = :coverage_year
""")
# Money of no county yet lies in books of its own, and slips of other books may have brought it too.
_NOT_KNOWN_YET = statement(f"""
    WITH books AS (
        SELECT DISTINCT county, coverage_year FROM movements
        WHERE kind = '{Kind.CHANNEL_SETTLEMENT}' AND channel = :channel
          AND (county, coverage_year) <> (:county, :coverage_year)
    ), balance AS (
        SELECT b.county = '' AS unassigned, sum(fen) AS fen
        FROM (SELECT * FROM books UNION SELECT '{UNASSIGNED.county}', {UNASSIGNED.coverage_year}) b
        JOIN postings USING (county, coverage_year), {_SIDES}
        WHERE account = :account GROUP BY b.county, b.coverage_year
    )
    SELECT coalesce(sum(CASE WHEN unassigned THEN fen ELSE least(fen, 0) END), 0)::bigint FROM balance
""")


@dataclass(frozen=True, slots=True)
class MatchRow:
    """That a slip was matched to days: how, by whom, when, and why where somebody changed it."""

    county: str
    coverage_year: int
    movement_id: int
    channel: str
    match_no: int
    how: How
    matched_by: str
    matched_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of a match."""

    county: str
    coverage_year: int
    movement_id: int
    channel: str
    match_no: int
    business_on: date
    amount_fen: int


async def debts(conn: AsyncConnection, season: Season, channel: str | None = None) -> dict[str, list[Debt]]:
    """What each channel, or one of them, owes day by day; over all days of one it is its balance."""
    account = None if channel is None else accounts.clearing(channel)
    of = {**season._asdict(), "account": account}
    return debts_of(
        await fetch_as(conn, Moved, _MOVED, **of),
        await fetch_as(conn, SlipDay, _SLIPS, **season._asdict(), channel=channel),
        await fetch_as(conn, Paid, _PAID, **of),
    )


async def days_paid(conn: AsyncConnection, movement_ids: Collection[int]) -> Mapping[int, list[SlipDay]]:
    """Which days movements pay; of one that was reversed, or is no channel's, none."""
    found: dict[int, list[SlipDay]] = {}
    for one in await fetch_as(conn, SlipDay, _OF_MOVEMENTS, movement_ids=sorted(movement_ids)):
        found.setdefault(one.movement_id, []).append(one)
    return found


async def add(conn: AsyncConnection, match: MatchRow, days: Mapping[date, int]) -> None:
    """Keep which days a slip pays; it counts from now on."""
    key = (match.county, match.coverage_year, match.movement_id, match.channel, match.match_no)
    await execute(conn, _ADD, rows=[match])
    await execute(conn, _ADD_DAYS, rows=[DayRow(*key, day, fen) for day, fen in sorted(days.items())])


async def matches(conn: AsyncConnection, season: Season, movement_id: int) -> list[MatchRow]:
    """Every match of a slip, the first one first."""
    return await fetch_as(conn, MatchRow, _HISTORY, **season._asdict(), movement_id=movement_id)


async def corrected(conn: AsyncConnection, season: Season) -> int:
    """How many matches of slips there are: one more with each correction."""
    return await fetch_value(conn, int, _CORRECTED, **season._asdict()) or 0


async def match_days(conn: AsyncConnection, season: Season, movement_id: int) -> list[DayRow]:
    """The days of every match of a slip."""
    return await fetch_as(conn, DayRow, _HISTORY_DAYS, **season._asdict(), movement_id=movement_id)


async def not_known_yet(conn: AsyncConnection, season: Season, channel: str) -> int:
    """How much a channel took of which no county is known, and no slip of other books has brought."""
    account = accounts.clearing(channel)
    fen = await fetch_value(conn, int, _NOT_KNOWN_YET, **season._asdict(), channel=channel, account=account)
    return max(fen or 0, 0)
