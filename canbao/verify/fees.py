"""Checks of fees that channels keep: the ledger has what collection booked, day by day, once."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Fee:
    """What a channel kept of a day of the money of a year: more less what was taken back of it."""

    county: str
    coverage_year: int
    channel: str
    business_on: str
    fen: int


_BOOKED = statement("""
    SELECT county, coverage_year, channel, business_on::text AS business_on,
           sum(CASE WHEN reverses_id IS NULL THEN amount_fen ELSE -amount_fen END)::bigint AS fen
    FROM channel_fees GROUP BY 1, 2, 3, 4
""")
_POSTED = statement("""
    SELECT p.county, p.coverage_year, p.channel,
           (p.business_at AT TIME ZONE 'Asia/Shanghai')::date::text AS business_on,
           sum(CASE WHEN p.reversal THEN -p.amount_fen ELSE p.amount_fen END)::bigint AS fen
    FROM facts f JOIN postings p ON (p.county, p.coverage_year, p.fact_id) = (f.county, f.coverage_year, f.id)
    WHERE f.type IN ('canbao.channel_fee.booked.v1', 'canbao.channel_fee.reversed.v1')
    GROUP BY 1, 2, 3, 4
""")
_STANDING = statement("""
    SELECT county, coverage_year, channel, business_on::text AS business_on, count(*) AS fen
    FROM channel_fees f
    WHERE reverses_id IS NULL AND NOT EXISTS (SELECT FROM channel_fees r WHERE r.reverses_id = f.fee_id)
    GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
""")


async def are_posted(sources: Sources, found: Findings) -> None:
    """Every fee that is booked is posted, none twice, and a day has one that stands of each year."""
    booked = {_key(one): one.fen for one in await sources.rows("collection", _Fee, _BOOKED)}
    posted = {_key(one): one.fen for one in await sources.rows("ledger", _Fee, _POSTED)}
    found.compared += len(booked.keys() | posted.keys())
    for key in sorted(booked.keys() | posted.keys()):
        here, there = booked.get(key, 0), posted.get(key, 0)
        if here != there:
            found.differs(f"fee of {key}", f"is {here} fen in collection, but {there} fen in the ledger")
    for one in await sources.rows("collection", _Fee, _STANDING):
        found.differs(f"fee of {_key(one)}", f"is booked {one.fen} times")


def _key(one: _Fee) -> str:
    return f"{one.channel} on {one.business_on} of {one.county} {one.coverage_year}"
