"""Checks of the ledger against its own facts: every posting made again by the rules, and compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from canbao.verify import ends
from canbao.verify.charges import Charges
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.stored import read
from libs.common.db.rows import statement
from services.ledger.accounts import rules as accounts
from services.ledger.facts.rules import as_due_fact, business_at, own_entries, season_of
from services.ledger.lines.pools import KINDS
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Memo, Season


@dataclass(slots=True)
class _Fact:
    """A stored fact, with the memo that it left."""

    county: str
    coverage_year: int
    id: int
    type: str
    business_at: datetime
    data: str
    reversal: bool | None
    payer: str | None
    amount_fen: int | None
    person_id: int | None
    division_code: str | None


@dataclass(slots=True)
class _Posting:
    fact_id: int
    business_at: datetime
    kind: str
    source: str
    destination: str
    amount_fen: int
    reversal: bool
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None


@dataclass(slots=True)
class _Orphan:
    fact_id: int


@dataclass(slots=True)
class _Balance:
    account: str
    fen: int
    postings: int
    bad: bool


#: What a posting says beside its books: the same members of a stored one and of one that the rules make.
leg_of: Callable[[object], tuple[object, ...]] = attrgetter(
    "kind",
    "source",
    "destination",
    "amount_fen",
    "reversal",
    "person_id",
    "division_code",
    "channel",
    "payer",
)
_whose: Callable[[object], tuple[object, ...]] = attrgetter("person_id", "division_code", "channel", "payer")
_memo_of: Callable[[object], tuple[object, ...]] = attrgetter(
    "payer", "amount_fen", "person_id", "division_code", "reversal"
)

_SEASONS = statement("""
    SELECT county, coverage_year FROM facts GROUP BY 1, 2
    UNION SELECT county, coverage_year FROM postings GROUP BY 1, 2 ORDER BY 1, 2
""")
# Both are read in the order of their keys, which is nearly the order in which they were written.
_FACTS = statement("""
    SELECT f.county, f.coverage_year, f.id, f.type, f.business_at, f.data,
           m.reversal, m.payer, m.amount_fen, m.person_id, m.division_code
    FROM facts f
    LEFT JOIN memos m ON m.county = f.county AND m.coverage_year = f.coverage_year AND m.fact_id = f.id
    WHERE f.county = :county AND f.coverage_year = :coverage_year ORDER BY f.id
""")
_POSTINGS = statement("""
    SELECT fact_id, business_at, kind, source, destination, amount_fen, reversal,
           person_id, division_code, channel, payer
    FROM postings
    WHERE county = :county AND coverage_year = :coverage_year AND kind <> ALL(CAST(:special AS text[]))
    ORDER BY fact_id, leg_no
""")
_ORPHAN_MEMOS = statement("""
    SELECT m.fact_id FROM memos m
    WHERE NOT EXISTS (SELECT FROM facts f
                      WHERE f.county = m.county AND f.coverage_year = m.coverage_year AND f.id = m.fact_id)
""")
_BALANCES = statement("""
    SELECT account, sum(fen)::bigint AS fen, count(*) AS postings, bool_or(bad) AS bad
    FROM postings p, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen),
         LATERAL (SELECT p.amount_fen <= 0 OR p.source = p.destination AS bad) AS judged
    GROUP BY account
""")
_SPECIAL = [str(kind) for kind in KINDS]


async def sum_to_zero(sources: Sources, found: Findings) -> None:
    """Amounts are positive, accounts known, all balances together and all bridges between books zero."""
    total_fen = bridge_fen = 0
    for row in await sources.rows("ledger", _Balance, _BALANCES):
        found.compared += row.postings
        total_fen += row.fen
        if row.bad:
            found.differs(row.account, "has a posting that is not a positive amount between two accounts")
        try:
            if accounts.account_of(row.account).nature is accounts.Nature.BRIDGE:
                bridge_fen += row.fen
        except KeyError:
            found.differs(row.account, "is no account of the chart")
    if total_fen:
        found.differs("all accounts", f"sum to {total_fen} fen")
    if bridge_fen:
        found.differs("elsewhere", f"the books of all counties are {bridge_fen} fen apart")


async def equal_facts(sources: Sources, found: Findings) -> None:
    """Make again what every fact posts by itself and charges; lines.py has what a payment line needs."""
    with Charges.spill() as spill:
        charges = Charges(spill, await ends.by_fact(sources))
        for season in await sources.rows("ledger", Season, _SEASONS):
            await _check_books(sources, season, charges, found)
        await charges.compare(sources, found)
    async for memo in sources.stream("ledger", _Orphan, _ORPHAN_MEMOS):
        found.differs(f"memo of {memo.fact_id}", "comes from no stored fact")


async def _check_books(sources: Sources, season: Season, charges: Charges, found: Findings) -> None:
    """Go through the facts and the postings of one county and year side by side."""
    books = season._asdict()
    postings = sources.stream("ledger", _Posting, _POSTINGS, **books, special=_SPECIAL)
    posting = await anext(postings, None)
    async for row in sources.stream("ledger", _Fact, _FACTS, **books):
        found.compared += 1
        posted: list[_Posting] = []
        while posting is not None and posting.fact_id <= row.id:
            if posting.fact_id == row.id:
                posted.append(posting)
            else:
                _check_stray(season, posting, charges, found)
            posting = await anext(postings, None)
        _check_fact(row, posted, charges, found)
    while posting is not None:
        _check_stray(season, posting, charges, found)
        posting = await anext(postings, None)


def _check_stray(season: Season, posting: _Posting, charges: Charges, found: Findings) -> None:
    """Only what ends a contribution posts in books other than its own: it opens the due there."""
    if posting.kind == Kind.CHARGE and charges.ends_in(posting.fact_id, season):
        _note_charge(f"fact {posting.fact_id}", season, posting, charges, found)
    else:
        found.differs(f"posting of {posting.fact_id}", "comes from no stored fact")


def _check_fact(row: _Fact, posted: list[_Posting], charges: Charges, found: Findings) -> None:
    """Compare the postings and the memo of one fact, and note its charge."""
    which = f"fact {row.id} ({row.type})"
    fact = read(which, row, found)
    if fact is None:
        return
    season = season_of(fact)
    if Season(row.county, row.coverage_year) != season or business_at(fact) != row.business_at:
        found.differs(which, "stands in other books or at another time than its data says")
    if any(leg.business_at != row.business_at for leg in posted):
        found.differs(which, "has a posting of another time")
    own = [leg_of(leg) for leg in posted if leg.kind != Kind.CHARGE]
    entries = own_entries(fact)
    wanted = [leg_of(entry) for entry in entries if isinstance(entry, Leg)]
    if own != wanted:
        found.differs(which, f"posted {_told(own)}, but the rules say {_told(wanted)}")
    memo = next((_memo_of(entry) for entry in entries if isinstance(entry, Memo)), None)
    noted = None if row.payer is None else _memo_of(row)
    if memo != noted:
        found.differs(which, f"noted {noted}, but the rules say {memo}")
    charges.know(row.id, season, as_due_fact(fact))
    for leg in posted:
        if leg.kind == Kind.CHARGE:
            _note_charge(which, season, leg, charges, found)


def _note_charge(which: str, season: Season, leg: _Posting, charges: Charges, found: Findings) -> None:
    """Check everything about a charge but its amount, and note that."""
    ways = (accounts.RESIDENTS, accounts.DUES)
    if (leg.source, leg.destination) != (ways[::-1] if leg.reversal else ways):
        found.differs(which, "charges between the wrong accounts")
    who = (leg.person_id, leg.division_code)
    fen = -leg.amount_fen if leg.reversal else leg.amount_fen
    if (leg.channel, leg.payer) != (None, None) or not charges.posted(leg.fact_id, season, who, fen):
        found.differs(which, "charges somebody else than its data says, or is about no due")


def _told(legs: Sequence[tuple[object, ...]]) -> str:
    told = (f"{kind} {source} -> {destination} {fen} {who}" for kind, source, destination, fen, *who in legs)
    return "[" + "; ".join(told) + "]"
