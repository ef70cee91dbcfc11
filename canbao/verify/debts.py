"""Checks of what channels owe: by their days it is what is on their accounts, and slips pay what moved."""

from dataclasses import dataclass

from canbao.verify import fees
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.debts import store
from services.ledger.debts.rules import channel_of
from services.ledger.postings.rules import Season


@dataclass(slots=True)
class _Balance:
    county: str
    coverage_year: int
    account: str
    fen: int


@dataclass(slots=True)
class _Slip:
    movement_id: int
    channel: str
    days_fen: int
    moved_fen: int


_BALANCES = statement("""
    SELECT county, coverage_year, account, sum(fen)::bigint AS fen
    FROM postings, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen)
    WHERE account LIKE 'clearing:%' OR account LIKE 'employee_fund:%'
    GROUP BY county, coverage_year, account
    UNION ALL SELECT DISTINCT county, coverage_year, '', 0 FROM slip_matches
    ORDER BY 1, 2, 3
""")
_SLIPS = statement("""
    SELECT m.movement_id, m.channel,
           (SELECT coalesce(sum(amount_fen), 0)::bigint FROM slip_days d
            WHERE (d.county, d.coverage_year, d.movement_id, d.channel, d.match_no)
                = (m.county, m.coverage_year, m.movement_id, m.channel, m.match_no)) AS days_fen,
           (SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM facts f
            JOIN postings p ON (p.county, p.coverage_year, p.fact_id) = (f.county, f.coverage_year, f.id)
            WHERE (f.county, f.coverage_year) = (m.county, m.coverage_year) AND f.source = 'canbao/ledger'
              AND f.event_id = m.movement_id::text AND p.channel = m.channel
              AND p.kind IN ('channel_settlement', 'employee_fund_transfer', 'add_on_handover')) AS moved_fen
    FROM slip_matches m ORDER BY m.movement_id, m.channel, m.match_no
""")


async def add_up(sources: Sources, found: Findings) -> None:
    """What channels owe day by day is the balance of their accounts; matches are over what slips paid."""
    balances: dict[Season, dict[str, int]] = {}
    for one in await sources.rows("ledger", _Balance, _BALANCES):
        of = balances.setdefault(Season(one.county, one.coverage_year), {})
        if one.account:
            of[channel_of(one.account)] = one.fen
    for season, there in balances.items():
        owed = await store.debts(sources.connections["ledger"], season)
        for channel in sorted(owed.keys() | there.keys()):
            found.compared += len(owed.get(channel, ()))
            open_fen, balance_fen = sum(day.open_fen for day in owed.get(channel, ())), there.get(channel, 0)
            if open_fen != balance_fen:
                what = f"{channel} of {season.county} {season.coverage_year}"
                found.differs(what, f"owes {open_fen} fen by its days, {balance_fen} fen by its account")
    async for slip in sources.stream("ledger", _Slip, _SLIPS):
        found.compared += 1
        if slip.days_fen != slip.moved_fen:
            which = f"movement {slip.movement_id} of {slip.channel}"
            found.differs(which, f"is matched to {slip.days_fen} fen, and moved {slip.moved_fen} fen")
    await fees.are_posted(sources, found)
