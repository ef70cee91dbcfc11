"""Help for somebody recognized here who is insured elsewhere: as registration tells it, to the card."""

from collections import Counter
from datetime import datetime

from services.subsidy.entitlements.facts import Enrollment, Grant, GrantKey
from services.subsidy.entitlements.left import REIMBURSE_TO_CARD


def for_elsewhere(record: Enrollment, now: datetime) -> dict[GrantKey, Grant]:
    """The grants that a record gives: one for each payer, since two officers agreed to it."""
    fen: Counter[str] = Counter()
    statuses: dict[str, list[str]] = {}
    for line in record.late:
        fen[line.payer] += line.amount_fen
        statuses.setdefault(line.payer, []).append(line.status)
    grants = (
        Grant(
            grant_id=0,
            enrollment_id=record.enrollment_id,
            assessment_id=0,
            county=record.county,
            division_code=record.division_code,
            payer=payer,
            status="+".join(sorted(statuses[payer])),
            mechanism=REIMBURSE_TO_CARD,
            amount_fen=amount_fen,
            late=False,
            completes_enrollment=False,
            granted_at=max(now, record.assessed_at or now),
            elsewhere=True,
        )
        for payer, amount_fen in sorted(fen.items())
        if amount_fen > 0
    )
    return {grant.key: grant for grant in grants}
