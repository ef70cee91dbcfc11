"""Checks of help: every grant has its rule, its payer and its posting, and no card was paid twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from canbao.verify.report import Findings
from canbao.verify.sources import CHUNK, Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Grant:
    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    revoked: bool


class _Offer(TypedDict):
    """Help in an assessment's answer, as far as a grant repeats it."""

    payer: str
    status: str
    mechanism: str
    amount_fen: int


@dataclass(slots=True)
class _Assessment:
    id: int
    enrollment_id: int
    subsidies: list[_Offer] | None
    late_subsidies: list[_Offer] | None


@dataclass(slots=True)
class _Posted:
    """A fact of the ledger about a grant."""

    grant_id: int
    revoked: bool
    payer: str
    mechanism: str
    amount_fen: int


@dataclass(slots=True)
class _Repeated:
    payout_id: int
    times: int


@dataclass(slots=True)
class _Attempted:
    payout_id: int
    state: str
    amount_fen: int
    outcome: str | None
    sent_fen: int | None


@dataclass(slots=True)
class _BeyondGrant:
    payout_id: int
    amount_fen: int
    granted_fen: int


_GRANTS = statement("""
    SELECT grant_id, county, coverage_year, enrollment_id, assessment_id, payer, status, mechanism,
           amount_fen, late, revoked_at IS NOT NULL AS revoked
    FROM grants ORDER BY grant_id
""")
_ASSESSMENTS = statement("""
    SELECT a.id, a.enrollment_id, x.answer -> 'subsidies' AS subsidies, a.late_subsidies
    FROM assessments a JOIN explanations x ON x.sha = a.explanation_sha
    WHERE a.enrollment_id = ANY(CAST(:ids AS bigint[])) ORDER BY a.enrollment_id, a.revision
""")
_POSTED = statement("""
    SELECT (data::json ->> 'grant_id')::bigint AS grant_id, type = 'canbao.subsidy.revoked.v1' AS revoked,
           data::json ->> 'payer' AS payer, data::json ->> 'mechanism' AS mechanism,
           (data::json ->> 'amount_fen')::bigint AS amount_fen
    FROM facts WHERE type IN ('canbao.subsidy.granted.v1', 'canbao.subsidy.revoked.v1')
    ORDER BY 1, 2
""")
_PAID_TWICE = statement("""
    SELECT p.payout_id, count(*) AS times FROM payouts p JOIN attempts a USING (payout_id)
    WHERE a.outcome = 'paid' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
""")
_STATE_AND_ATTEMPT = statement("""
    SELECT p.payout_id, p.state, p.amount_fen, a.outcome, a.amount_fen AS sent_fen
    FROM payouts p LEFT JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
    WHERE (p.state = 'paid') <> (a.outcome IS NOT DISTINCT FROM 'paid')
       OR (a.outcome = 'paid' AND a.amount_fen <> p.amount_fen)
    ORDER BY 1
""")
_PAID_BEYOND_GRANT = statement("""
    SELECT p.payout_id, p.amount_fen, g.amount_fen AS granted_fen
    FROM payouts p JOIN grants g USING (grant_id)
    WHERE p.state = 'paid' AND (p.amount_fen > g.amount_fen OR g.mechanism <> 'reimburse_to_card') ORDER BY 1
""")
_PAYOUTS = statement("SELECT count(*) FROM payouts")
_CARDS = statement("""
    SELECT (f.data::json ->> 'payout_id')::bigint AS payout_id,
           sum(CASE WHEN p.reversal THEN -1 ELSE 1 END) AS times
    FROM facts f JOIN postings p
      ON p.county = f.county AND p.coverage_year = f.coverage_year AND p.fact_id = f.id AND p.kind = 'payout'
    WHERE f.type = 'canbao.payout.settled.v1'
    GROUP BY 1 HAVING sum(CASE WHEN p.reversal THEN -1 ELSE 1 END) > 1
""")


async def have_rule_and_payer(sources: Sources, found: Findings) -> None:
    """An active grant names an assessment of its enrollment, is in a stored answer, and has a known payer."""
    chunk: list[_Grant] = []
    async for grant in sources.stream("subsidy", _Grant, _GRANTS):
        if not grant.revoked:
            chunk.append(grant)
        if len(chunk) == CHUNK:
            await _check_rules(sources, chunk, found)
            chunk = []
    await _check_rules(sources, chunk, found)


async def _check_rules(sources: Sources, grants: list[_Grant], found: Findings) -> None:
    assessments: dict[int, list[_Assessment]] = {}
    wanted = sorted({grant.enrollment_id for grant in grants})
    for row in await sources.rows("registration", _Assessment, _ASSESSMENTS, ids=wanted):
        assessments.setdefault(row.enrollment_id, []).append(row)
    for grant in grants:
        found.compared += 1
        which = f"grant {grant.grant_id}"
        notice = sources.notices.get((grant.county, grant.coverage_year))
        if notice is None or grant.payer not in notice.payer_labels:
            found.differs(which, f"has the payer {grant.payer!r}, whom no notice names")
        known = assessments.get(grant.enrollment_id, [])
        if grant.assessment_id not in {row.id for row in known}:
            found.differs(
                which, f"names assessment {grant.assessment_id}, which its enrollment does not have"
            )
        elif not any(_gives(row, grant) for row in known):
            found.differs(
                which,
                f"of {grant.amount_fen} fen by {grant.payer} for {grant.status}"
                f" ({grant.mechanism}) is in no stored answer for its enrollment",
            )


def _gives(assessment: _Assessment, grant: _Grant) -> bool:
    """Whether an assessment's answer, or what it grants late, has this help of this payer."""
    if grant.late:
        offered = _by_payer(assessment.late_subsidies or ())
        mechanisms = {grant.mechanism, "paid_on_behalf"}  # of a person who has paid it goes to the card
    else:
        offered = _by_payer(assessment.subsidies or ())
        mechanisms = {grant.mechanism}
    offer = offered.get(grant.payer)
    return (
        offer is not None
        and offer["status"] == grant.status
        and offer["mechanism"] in mechanisms
        and (
            offer["amount_fen"] == grant.amount_fen or (grant.late and offer["amount_fen"] > grant.amount_fen)
        )
    )


def _by_payer(lines: Iterable[_Offer]) -> dict[str, _Offer]:
    """One line per payer: statuses that share a payer are named together, as in the grant."""
    merged: dict[str, _Offer] = {}
    for line in sorted(lines, key=lambda line: (line["payer"], line["mechanism"], line["status"])):
        known = merged.get(line["payer"])
        if known is None:
            merged[line["payer"]] = line.copy()
        elif known["mechanism"] == line["mechanism"]:
            known["amount_fen"] += line["amount_fen"]
            known["status"] += f"+{line['status']}"
    return merged


async def are_posted(sources: Sources, found: Findings) -> None:
    """The ledger knows every grant as the subsidy service has it, and which are taken back."""
    posted = sources.stream("ledger", _Posted, _POSTED)
    row = await anext(posted, None)
    async for grant in sources.stream("subsidy", _Grant, _GRANTS):
        found.compared += 1
        which = f"grant {grant.grant_id}"
        while row is not None and row.grant_id < grant.grant_id:
            found.differs(f"grant {row.grant_id}", "is posted in the ledger but unknown to subsidy")
            row = await anext(posted, None)
        told = []
        while row is not None and row.grant_id == grant.grant_id:
            told.append(row)
            row = await anext(posted, None)
        _compare_grant(which, grant, told, found)
    while row is not None:
        found.differs(f"grant {row.grant_id}", "is posted in the ledger but unknown to subsidy")
        row = await anext(posted, None)


def _compare_grant(which: str, grant: _Grant, told: list[_Posted], found: Findings) -> None:
    if [row.revoked for row in told] != ([False, True] if grant.revoked else [False]):
        state = "revoked" if grant.revoked else "active"
        found.differs(which, f"is {state}, but the ledger has {len(told)} facts about it")
    decided = (grant.payer, grant.mechanism, grant.amount_fen)
    for row in told:
        if (row.payer, row.mechanism, row.amount_fen) != decided:
            found.differs(which, "is posted with another payer, mechanism or amount")


async def are_paid_once(sources: Sources, found: Findings) -> None:
    """No card was paid twice or more than was granted, and states agree with the answers of the bank."""
    found.compared = await sources.number("subsidy", _PAYOUTS)
    for twice in await sources.rows("subsidy", _Repeated, _PAID_TWICE):
        found.differs(f"payout {twice.payout_id}", f"was paid {twice.times} times")
    for tried in await sources.rows("subsidy", _Attempted, _STATE_AND_ATTEMPT):
        found.differs(
            f"payout {tried.payout_id}",
            f"is {tried.state} over {tried.amount_fen} fen,"
            f" its newest attempt {tried.outcome} over {tried.sent_fen} fen",
        )
    for paid in await sources.rows("subsidy", _BeyondGrant, _PAID_BEYOND_GRANT):
        found.differs(
            f"payout {paid.payout_id}",
            f"paid {paid.amount_fen} fen for a grant of {paid.granted_fen} fen",
        )
    for card in await sources.rows("ledger", _Repeated, _CARDS):
        found.differs(f"payout {card.payout_id}", f"is posted {card.times} times more than it came back")
