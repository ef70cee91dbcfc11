"""Checks of days of channels: what collection has taken on each is what the ledger has posted."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Day:
    """Money of a channel on a day."""

    county: str
    channel: str
    day: str
    fen: int


_DAY = "AT TIME ZONE 'Asia/Shanghai')::date::text AS day"
# Money of no known county and year lies in books of its own; what an employees' fund owes is no channel's.
_TOOK = statement(f"""
    SELECT CASE WHEN l.coverage_year IS NULL THEN '' ELSE coalesce(l.county, '') END AS county, p.channel,
           (p.paid_at {_DAY}, sum(l.amount_fen)::bigint AS fen
    FROM payments p JOIN payment_lines l ON l.payment_id = p.id
    WHERE p.employee_fund IS NULL GROUP BY 1, 2, 3
""")
_POSTED = statement(f"""
    SELECT county, regexp_replace(account, '^clearing:', '') AS channel, (business_at {_DAY},
           sum(fen)::bigint AS fen
    FROM postings, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen)
    WHERE (account LIKE 'clearing:%' OR account LIKE 'cash:%')
      AND kind NOT IN ('channel_settlement', 'add_on_handover', 'channel_fee', 'returned_of_contribution',
                       'returned_of_repair', 'returned_drawn')
    GROUP BY 1, 2, 3 HAVING sum(fen) <> 0
""")


async def are_posted(sources: Sources, found: Findings) -> None:
    """Add up each day of each channel on both sides; nothing may be under way."""
    took = {_key(one): one.fen for one in await sources.rows("collection", _Day, _TOOK)}
    posted = {_key(one): one.fen for one in await sources.rows("ledger", _Day, _POSTED)}
    found.compared = len(took.keys() | posted.keys())
    for key in sorted(took.keys() | posted.keys()):
        here, there = took.get(key, 0), posted.get(key, 0)
        if here != there:
            found.differs(key, f"took {here} fen by collection, and {there} fen are posted")


def _key(one: _Day) -> str:
    return f"{one.channel} on {one.day} of {one.county or 'no county'}"
