"""Checks of help: every grant has its rule, its payer and its posting."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from canbao.verify.elsewhere import is_as_agreed
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
    recovered_fen: int
    elsewhere: bool
    may_be_less: bool


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


_GRANTS = statement("""
    SELECT grant_id, county, coverage_year, enrollment_id, assessment_id, payer, status, mechanism,
           amount_fen, late, revoked_at IS NOT NULL AS revoked, recovered_fen, elsewhere,
           EXISTS (SELECT FROM line_returns r WHERE r.payment_id = g.payment_id AND r.line_no = g.line_no)
           OR EXISTS (SELECT FROM refunds r WHERE r.payment_id = g.payment_id AND r.line_no = g.line_no
                      AND r.state IN ('approved', 'paid'))
           OR EXISTS (SELECT FROM grants o JOIN enrollments e USING (coverage_year, enrollment_id)
                      WHERE o.person_id = g.person_id AND o.coverage_year = g.coverage_year
                      AND e.merged_into IS NOT NULL
                      AND (o.revoked_at IS NULL OR o.recovered_from IS NOT NULL)) AS may_be_less
    FROM grants g ORDER BY grant_id
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
    await is_as_agreed(sources, found)


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
        if grant.elsewhere:
            continue  # no assessment decides it, but two officers
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
    """Whether an assessment's answer, or what it grants late, has this help of this payer.

    Late, where a part of the payment went back, and where help had left for a record that was merged, it may
    be less: nobody gets back more than they bear.
    """
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
            offer["amount_fen"] == grant.amount_fen
            or ((grant.late or grant.may_be_less) and offer["amount_fen"] > grant.amount_fen)
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
    for row in told:
        left_fen = grant.amount_fen - (grant.recovered_fen if row.revoked else 0)
        decided = (grant.payer, grant.mechanism, left_fen)
        if (row.payer, row.mechanism, row.amount_fen) != decided:
            found.differs(which, "is posted with another payer, mechanism or amount")
