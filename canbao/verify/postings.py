"""Checks of the ledger against its own facts: every posting made again by the rules, and compared."""

from typing import Any

from pydantic import ValidationError

from canbao.verify.charges import Charges
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from services.ledger.accounts import rules as accounts
from services.ledger.facts.rules import BY_TYPE, DUE_FACTS, business_at, own_entries, place_of
from services.ledger.lines import rules as lines
from services.ledger.postings.rules import Kind, Leg, Memo, Place

_PLACES = """
    SELECT county, coverage_year FROM facts GROUP BY 1, 2
    UNION SELECT county, coverage_year FROM postings GROUP BY 1, 2 ORDER BY 1, 2
"""
# Both are read in the order of their keys, which is nearly the order in which they were written.
_FACTS = """
    SELECT f.county, f.coverage_year, f.id, f.type, f.business_at, f.data,
           m.reversal, m.payer, m.amount_fen, m.person_id, m.division_code
    FROM facts f
    LEFT JOIN memos m ON m.county = f.county AND m.coverage_year = f.coverage_year AND m.fact_id = f.id
    WHERE f.county = $1 AND f.coverage_year = $2 ORDER BY f.id
"""
_POSTINGS = """
    SELECT fact_id, business_at, kind, source, destination, amount_fen, reversal,
           person_id, division_code, channel, payer
    FROM postings
    WHERE county = $1 AND coverage_year = $2 AND kind <> ALL($3) ORDER BY fact_id, leg_no
"""
_ORPHAN_MEMOS = """
    SELECT m.fact_id FROM memos m
    WHERE NOT EXISTS (SELECT FROM facts f
                      WHERE f.county = m.county AND f.coverage_year = m.coverage_year AND f.id = m.fact_id)
"""
_BALANCES = """
    SELECT account, sum(fen)::bigint AS fen, count(*) AS postings, bool_or(bad) AS bad
    FROM postings p, LATERAL (VALUES (source, -amount_fen), (destination, amount_fen)) AS side(account, fen),
         LATERAL (SELECT p.amount_fen <= 0 OR p.source = p.destination AS bad) AS judged
    GROUP BY account
"""
_SPECIAL = [str(kind) for kind in lines.KINDS]


async def sum_to_zero(sources: Sources, found: Findings) -> None:
    """Amounts are positive, accounts known, all balances together and all bridges between books zero."""
    total_fen = bridge_fen = 0
    for row in await sources.rows("ledger", _BALANCES):
        found.compared += row["postings"]
        total_fen += row["fen"]
        if row["bad"]:
            found.differs(row["account"], "has a posting that is not a positive amount between two accounts")
        try:
            if accounts.account_of(row["account"]).nature is accounts.Nature.BRIDGE:
                bridge_fen += row["fen"]
        except KeyError:
            found.differs(row["account"], "is no account of the chart")
    if total_fen:
        found.differs("all accounts", f"sum to {total_fen} fen")
    if bridge_fen:
        found.differs("elsewhere", f"the books of all counties are {bridge_fen} fen apart")


async def equal_facts(sources: Sources, found: Findings) -> None:
    """Make again what every fact posts by itself and charges; lines.py has what a payment line needs."""
    with Charges.spill() as spill:
        charges = Charges(spill)
        for place in await sources.rows("ledger", _PLACES):
            await _check_books(sources, Place(*place), charges, found)
        await charges.compare(sources, found)
    for row in await sources.rows("ledger", _ORPHAN_MEMOS):
        found.differs(f"memo of {row['fact_id']}", "comes from no stored fact")


async def _check_books(sources: Sources, place: Place, charges: Charges, found: Findings) -> None:
    """Go through the facts and the postings of one county and year side by side."""
    postings = sources.stream("ledger", _POSTINGS, *place, _SPECIAL)
    posting = await anext(postings, None)
    async for row in sources.stream("ledger", _FACTS, *place):
        found.compared += 1
        posted = []
        while posting is not None and posting["fact_id"] <= row["id"]:
            if posting["fact_id"] == row["id"]:
                posted.append(posting)
            else:
                found.differs(f"posting of {posting['fact_id']}", "comes from no stored fact")
            posting = await anext(postings, None)
        _check_fact(row, posted, charges, found)
    while posting is not None:
        found.differs(f"posting of {posting['fact_id']}", "comes from no stored fact")
        posting = await anext(postings, None)


def _check_fact(row: Any, posted: list[Any], charges: Charges, found: Findings) -> None:
    """Compare the postings and the memo of one fact, and note its charge."""
    which = f"fact {row['id']} ({row['type']})"
    fact = read(which, row, found)
    if fact is None:
        return
    place = place_of(fact)
    if (row["county"], row["coverage_year"]) != place or business_at(fact) != row["business_at"]:
        found.differs(which, "stands in other books or at another time than its data says")
    if any(leg["business_at"] != row["business_at"] for leg in posted):
        found.differs(which, "has a posting of another time")
    charged = [leg for leg in posted if leg["kind"] == Kind.CHARGE]
    own = [tuple(leg[2:]) for leg in posted if leg["kind"] != Kind.CHARGE]
    entries = own_entries(fact)
    wanted = [tuple(entry[1:]) for entry in entries if isinstance(entry, Leg)]
    if own != wanted:
        found.differs(which, f"posted {_told(own)}, but the rules say {_told(wanted)}")
    memo = next((tuple(entry) for entry in entries if isinstance(entry, Memo)), None)
    noted = None if row["payer"] is None else _memo(place, row)
    if memo != noted:
        found.differs(which, f"noted {noted}, but the rules say {memo}")
    if isinstance(fact, DUE_FACTS):
        charges.note(row["id"], place, fact, _charged_fen(which, fact, charged, found))
    elif charged:
        found.differs(which, "charges although it is about no due")


def _charged_fen(which: str, fact: Any, charged: list[Any], found: Findings) -> int:
    """Add up the charge that a fact posted, and check everything about it but the amount."""
    total_fen = 0
    who = (fact.person_id, fact.division_code, None, None)
    for leg in charged:
        ways = (accounts.RESIDENTS, accounts.DUES)
        if (leg["source"], leg["destination"]) != (ways[::-1] if leg["reversal"] else ways):
            found.differs(which, "charges between the wrong accounts")
        if tuple(leg[7:]) != who:
            found.differs(which, "charges somebody else than its data says")
        total_fen += -leg["amount_fen"] if leg["reversal"] else leg["amount_fen"]
    return total_fen


def read(which: str, row: Any, found: Findings) -> Any:
    """Read a stored fact again; None, and a difference, when that fails."""
    try:
        return BY_TYPE[row["type"]].model_validate_json(row["data"])
    except (KeyError, ValidationError):
        found.differs(which, "cannot be read again")
        return None


def _memo(place: Place, row: Any) -> tuple:
    return (place, row["payer"], row["amount_fen"], row["person_id"], row["division_code"], row["reversal"])


def _told(legs: list[tuple]) -> str:
    told = (f"{kind} {source} -> {destination} {fen} {who}" for kind, source, destination, fen, *who in legs)
    return "[" + "; ".join(told) + "]"
