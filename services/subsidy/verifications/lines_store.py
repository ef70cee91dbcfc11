"""SQL of the lines of rosters: deciding them, many at once, and showing them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, fetch_one_as, statement, value_of
from libs.common.transitions import listed
from services.subsidy.payouts.cards_store import CARD_OF_PAYOUT
from services.subsidy.payouts.rules import MONEY_IS_OUT
from services.subsidy.tables import cards, verification_lines, verification_steps
from services.subsidy.verifications.rules import TRANSITIONS, LineEvent, LineState, Obstacle
from services.subsidy.verifications.store import Place


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are decided, and how; `named` lines, else all that are open, of one roster or of all."""

    place: Place
    event: LineEvent
    verification_id: int | None
    named: Sequence[int] | None
    reason: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """How many lines were decided, and their money."""

    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Left:
    """A line that was named and stays as it is."""

    grant_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Whose:
    """The person and year that a line is about."""

    person_id: int
    coverage_year: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with the newest decision about it; `account` and what follows of the card it would go to."""

    grant_id: int
    verification_id: int
    person_id: int
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    state: str
    revoked: bool
    contested: bool
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    holder: str | None
    bank: str | None
    account_masked: str | None


_OUT = listed(sorted(MONEY_IS_OUT))


def _obstacle(event: LineEvent) -> str:
    """Why a line cannot be decided so; null where it can."""
    before = listed(TRANSITIONS.before(event))
    parts = [f"WHEN l.state NOT IN {before} THEN '{Obstacle.STATE}'"]
    if event is not LineEvent.LIFT:
        parts.append(f"WHEN g.revoked_at IS NOT NULL THEN '{Obstacle.REVOKED}'")
    if event is LineEvent.RELEASE:
        parts.append(f"WHEN e.contested THEN '{Obstacle.CONTESTED}'")
    if event in (LineEvent.HOLD, LineEvent.STRIKE_OUT):
        parts.append(f"WHEN p.state IN {_OUT} THEN '{Obstacle.MONEY_IS_OUT}'")
    if event is LineEvent.STRIKE_OUT:
        parts.append(f"WHEN g.mechanism <> 'reimburse_to_card' THEN '{Obstacle.STANDS_BY_STATUS}'")
    return f"CASE {' '.join(parts)} END"


_SCOPE = """
    l.county = :county AND l.coverage_year = :coverage_year
    AND (CAST(:division AS text) = '' OR l.division_code BETWEEN :lowest AND :highest)
    AND (CAST(:verification_id AS bigint) IS NULL OR l.verification_id = :verification_id)
"""
_JOINED = """
    verification_lines l JOIN grants g USING (grant_id)
    LEFT JOIN enrollments e ON e.enrollment_id = g.enrollment_id AND e.coverage_year = g.coverage_year
    LEFT JOIN payouts p ON p.grant_id = g.grant_id
"""
_NAMED = f"l.grant_id {any_of(verification_lines.c.grant_id, 'named')}"


def _decide(event: LineEvent, which: str) -> str:
    # Whoever comes meanwhile waits for the turn of the county; payouts are locked against the bank's answers.
    return f"""
    WITH about AS MATERIALIZED (
        SELECT l.grant_id, g.amount_fen FROM {_JOINED}
        WHERE {_SCOPE} AND {which} AND {_obstacle(event)} IS NULL
        ORDER BY l.grant_id
        FOR UPDATE OF l
    ), changed AS (
        UPDATE verification_lines SET state = '{TRANSITIONS.leads_to(event)}'
        FROM about WHERE verification_lines.grant_id = about.grant_id
    ), noted AS (
        INSERT INTO verification_steps (grant_id, county, coverage_year, state, reason, decided_by,
                                        decided_at)
        SELECT grant_id, CAST(:county AS text), CAST(:coverage_year AS integer),
               '{TRANSITIONS.leads_to(event)}', {value_of(verification_steps.c.reason, "reason")},
               CAST(:by AS text), CAST(:at AS timestamptz)
        FROM about ORDER BY grant_id
    )
    SELECT count(*)::integer AS lines, coalesce(sum(amount_fen), 0)::bigint AS amount_fen FROM about
    """


_DECIDE_NAMED = {event: statement(_decide(event, _NAMED)) for event in LineEvent}
_RELEASE_OPEN = statement(_decide(LineEvent.RELEASE, f"l.state = '{LineState.OPEN}'"))
_LEFT = {
    event: statement(f"""
        SELECT named.grant_id, coalesce(line.why, '{Obstacle.UNKNOWN}') AS why
        FROM (
            SELECT id::bigint AS grant_id FROM json_array_elements_text(CAST(:ids AS json)) AS given(id)
        ) AS named
        LEFT JOIN LATERAL (
            SELECT coalesce({_obstacle(event)}, '') AS why FROM {_JOINED}
            WHERE {_SCOPE} AND l.grant_id = named.grant_id
        ) AS line ON true
        WHERE line.why IS DISTINCT FROM ''
        ORDER BY named.grant_id
    """)
    for event in LineEvent
}
_CONTESTED = statement(f"""
    SELECT l.grant_id, '{Obstacle.CONTESTED}' AS why FROM {_JOINED}
    WHERE {_SCOPE} AND l.state = '{LineState.OPEN}' AND g.revoked_at IS NULL AND e.contested
    ORDER BY l.grant_id LIMIT 1000
""")
_WHOSE = statement(f"""
    SELECT DISTINCT g.person_id, g.coverage_year FROM {_JOINED} WHERE {_SCOPE} AND {_NAMED} ORDER BY 1, 2
""")


def _place_of(wanted: Wanted) -> dict[str, str | int | None]:
    return {**asdict(wanted.place), "verification_id": wanted.verification_id}


async def whose(conn: AsyncConnection, wanted: Wanted) -> list[Whose]:
    """The people and years that named lines are about."""
    return await fetch_as(conn, Whose, _WHOSE, **_place_of(wanted), named=list(wanted.named or ()))


async def left(conn: AsyncConnection, wanted: Wanted) -> list[Left]:
    """What of the named lines cannot be decided so; else the first contested ones, which stay open."""
    if wanted.named is None:
        return await fetch_as(conn, Left, _CONTESTED, **_place_of(wanted))
    ids = "[" + ",".join(map(str, sorted(set(wanted.named)))) + "]"
    return await fetch_as(conn, Left, _LEFT[wanted.event], **_place_of(wanted), ids=ids)


async def decide(conn: AsyncConnection, wanted: Wanted) -> Decided:
    """Decide lines and note it, all in one statement."""
    given = _place_of(wanted) | {"reason": wanted.reason, "by": wanted.by, "at": wanted.at}
    if wanted.named is None:
        decided = await fetch_one_as(conn, Decided, _RELEASE_OPEN, **given)
    else:
        sql = _DECIDE_NAMED[wanted.event]
        decided = await fetch_one_as(conn, Decided, sql, **given, named=sorted(set(wanted.named)))
    assert decided is not None, "a count is always there"
    return decided


_LINES = statement(
    f"""
    SELECT l.grant_id, l.verification_id, g.person_id, l.division_code, g.payer, g.status, g.mechanism,
           g.amount_fen, l.state, g.revoked_at IS NOT NULL AND l.state <> 'struck_out' AS revoked,
           coalesce(e.contested, false) AS contested,
           step.reason, step.decided_by, step.decided_at, card.holder, card.bank, card.account_masked
    FROM verification_lines l JOIN grants g USING (grant_id)
    LEFT JOIN enrollments e ON e.enrollment_id = g.enrollment_id AND e.coverage_year = g.coverage_year
    LEFT JOIN payouts p ON p.grant_id = g.grant_id
    LEFT JOIN LATERAL (
        SELECT s.reason, s.decided_by, s.decided_at FROM verification_steps s
        WHERE s.grant_id = l.grant_id ORDER BY s.step_id DESC LIMIT 1
    ) AS step ON true
    {CARD_OF_PAYOUT}
    WHERE l.verification_id = :verification_id AND l.grant_id > :after
      AND (CAST(:state AS text) IS NULL OR l.state = :state)
    ORDER BY l.grant_id
    LIMIT :limit
    """,
    cards.c.holder,
    verification_steps.c.reason,
)


async def lines(
    conn: AsyncConnection,
    verification_id: int,
    *,
    after: int,
    limit: int,
    state: LineState | None,
) -> list[LineRow]:
    """A page of the lines of a roster, in the order of their grants."""
    return await fetch_as(
        conn,
        LineRow,
        _LINES,
        verification_id=verification_id,
        after=after,
        limit=limit,
        state=state.value if state else None,
    )
