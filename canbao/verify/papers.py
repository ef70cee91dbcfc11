"""Checks of signed papers: they are what was hashed, and the chain of seals has each hash."""

import json
from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.ledger.handovers.rules import digest


@dataclass(slots=True)
class _Paper:
    which: str
    document: str
    sha256: str
    sealed_sha256: str | None
    chain: str | None
    approved: bool


_PAPERS = statement("""
    SELECT p.county || '/' || p.coverage_year || '/' || p.deadline_id || ' of ' || p.party AS which,
           p.document, p.sha256, h.sha256 AS sealed_sha256, next.document AS chain,
           p.made_by = p.signed_by OR EXISTS (
               SELECT FROM approvals a WHERE a.subject = 'handovers/' || h.id || '/' || p.party
                 AND a.operation = 'handover_paper' AND a.state = 'approved'
                 AND a.asked_by = p.made_by AND a.decided_by = p.signed_by) AS approved
    FROM handover_papers p
    LEFT JOIN handovers h USING (county, coverage_year, ordinal)
    LEFT JOIN handovers next
      ON (next.county, next.coverage_year, next.ordinal) = (p.county, p.coverage_year, p.chained_in)
    ORDER BY p.id
""")


async def are_as_signed(sources: Sources, found: Findings) -> None:
    """Each paper is of its seal, has its hash, was signed by who agreed, and stands in the chain after it."""
    for paper in await sources.rows("ledger", _Paper, _PAPERS):
        found.compared += 1
        if digest(paper.document) != paper.sha256:
            found.differs(paper.which, "is not what its hash was made of")
        if json.loads(paper.document)["handover_sha256"] != paper.sealed_sha256:
            found.differs(paper.which, "is of another handover than the one that is sealed")
        if not paper.approved:
            found.differs(paper.which, "no second person signed it")
        if paper.chain is not None and paper.sha256 not in (
            one["sha256"] for one in json.loads(paper.chain).get("papers", ())
        ):
            found.differs(paper.which, "its hash is missing in the seal after it")
