"""Computes the fiscal match of a handover, and posts the difference to what was matched before.

Whoever calls holds the lock of the books, so that two matches of them take turns.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.dates import instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.prices import AmountUnknown
from services.ledger.facts.keeping import keep
from services.ledger.handovers import store as handovers_store
from services.ledger.handovers.rules import calendar_of, canonical, digest, months_after
from services.ledger.handovers.store import SealedHandover
from services.ledger.matches import store
from services.ledger.matches.rules import (
    Basis,
    Document,
    FiscalMatched,
    changes_of,
    match_document,
)
from services.ledger.matches.store import MatchRow, NewMatch, TermsRow
from services.ledger.postings.rules import Season

SOURCE = "canbao/ledger/matches"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Why nothing is matched: the notice asks for no match, or something is not known.
NOT_ASKED, TERMS_UNKNOWN, PRICE_UNKNOWN = "not_asked", "terms_unknown", "price_unknown"


@dataclass(frozen=True, slots=True)
class Matching:
    """Of which handover the match is, which facts count, and from when on what is posted counts."""

    season: Season
    ordinal: int
    deadline_id: str
    chain: Sequence[int]
    matched_at: datetime
    by: str
    now: datetime


def is_matched_at(notice: Notice, parties: Collection[str]) -> bool:
    """Whether finance adds its match at a handover of these parties."""
    finance = {code for code, one in notice.departments.items() if one.role == "finance"}
    return notice.fiscal_match is not None and not finance.isdisjoint(parties)


def blocked(notice: Notice, terms: TermsRow | None) -> str | None:
    """Why the match of a notice cannot be computed, in one word; None when it can."""
    if notice.fiscal_match is None:
        return NOT_ASKED
    if terms is None:
        return TERMS_UNKNOWN
    try:
        _standards(notice, notice.fiscal_match.amount)
    except AmountUnknown:
        return PRICE_UNKNOWN
    return None


async def match(conn: AsyncConnection, notice: Notice, of: Matching) -> tuple[MatchRow, int | None] | None:
    """Keep the match of a handover and post what changed; give it, and the fact that says so, if any.

    None where the notice asks for none, or where something is not known: nothing is guessed.
    """
    terms = await store.terms(conn, of.season)
    if terms is None or notice.fiscal_match is None or blocked(notice, terms):
        return None
    amount = notice.fiscal_match.amount
    basis = Basis(
        of.season,
        of.deadline_id,
        notice.fiscal_match.clause,
        of.chain,
        _standards(notice, amount),
        terms.terms,
    )
    last = await store.last(conn, of.season)
    document = await _document(conn, basis, _bearing_since(notice, amount), last)
    row = await store.add(conn, _kept(of, terms, document))
    changes = changes_of(document)
    if not changes:
        return row, None
    fact = FiscalMatched(
        match_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        deadline_id=row.deadline_id,
        levels=changes,
        matched_at=of.matched_at,
    )
    [fact_id] = await keep(conn, SOURCE, {f"match-{row.id}": fact}, of.now)
    return row, fact_id


async def match_anew(
    conn: AsyncConnection, notice: Notice, season: Season, by: str, now: datetime
) -> MatchRow | None:
    """Match the newest sealed handover to which finance is a party, by what is known now.

    None where there is none, or the match is blocked. A match that would change nothing is given as it is.
    """
    sealed = await handovers_store.sealed(conn, season)
    parties = {one.id: one.parties for one in (*calendar_of(notice), *months_after(notice, now))}
    wanted = [row for row in sealed if is_matched_at(notice, parties.get(row.deadline_id, ()))]
    terms = await store.terms(conn, season)
    if not wanted or terms is None:
        return None
    last = await store.last(conn, season)
    if last is not None and (last.ordinal, last.terms_id) == (wanted[-1].ordinal, terms.id):
        return last
    row = wanted[-1]
    of = Matching(season, row.ordinal, row.deadline_id, chain_of(row, sealed), now, by, now)
    made = await match(conn, notice, of)
    return None if made is None else made[0]


def chain_of(row: SealedHandover, sealed: Sequence[SealedHandover]) -> list[int]:
    """The ordinals of a handover and of those from which it goes on."""
    return [other.ordinal for other in sealed if other.deadline_id in row.follows] + [row.ordinal]


async def recomputed(conn: AsyncConnection, row: MatchRow) -> str:
    """Compute the document of a match again, by the terms and prices that it names, whatever holds today."""
    known: Document = json.loads(row.document)
    terms = await store.terms(conn, row.season, row.terms_id)
    assert terms is not None, "terms are never deleted"
    basis = Basis(
        row.season, row.deadline_id, known["clause"], known["chain"], known["standards_fen"], terms.terms
    )
    return canonical(await _document(conn, basis, _EVER, await store.last(conn, row.season, row.id)))


async def _document(
    conn: AsyncConnection, basis: Basis, bearing_since: datetime, last: MatchRow | None
) -> Document:
    heads = await store.heads(
        conn, basis.season, basis.chain, basis.standards, bearing_since, list(basis.terms.classes)
    )
    before: Mapping[str, int] = {} if last is None else last.levels
    return match_document(basis, heads, before)


def _kept(of: Matching, terms: TermsRow, document: Document) -> NewMatch:
    text = canonical(document)
    return NewMatch(
        county=of.season.county,
        coverage_year=of.season.coverage_year,
        ordinal=of.ordinal,
        deadline_id=of.deadline_id,
        terms_id=terms.id,
        document=text,
        sha256=digest(text),
        made_by=of.by,
        made_at=of.now,
    )


def _standards(notice: Notice, amount: str) -> list[int] | None:
    """The prices of a notice that do not add its match up; None where none does. Raises AmountUnknown."""
    if not notice.price_rules.adding(amount):
        return None
    return sorted(notice.price_rules.without(amount, {}))


def _bearing_since(notice: Notice, amount: str) -> datetime:
    """From when on somebody may have been charged own + match."""
    begins = [rule.paid_from for rule in notice.price_rules.adding(amount)]
    if not begins or None in begins:
        return _EVER
    return instant_of(min(one for one in begins if one is not None))
