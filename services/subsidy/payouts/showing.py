"""Shows payouts with what each needs next, and counts them by it."""

from collections.abc import Sequence
from dataclasses import asdict

from libs.common.policy import Notices
from services.subsidy.payouts.rules import NextStep, Standing, next_step
from services.subsidy.payouts.schemas import Payout, PayoutSum
from services.subsidy.payouts.store import PayoutRow
from services.subsidy.payouts.totals_store import Sum
from services.subsidy.verifications.rules import Waits, payouts_wait


def shown(row: PayoutRow, notices: Notices) -> Payout:
    """A payout as it is answered."""
    waits = payouts_wait(notices.get((row.county or "", row.coverage_year or 0)))
    return Payout(**asdict(row), next_step=next_step(_standing(row), waits))


def counted(rows: Sequence[Sum], waits: Waits) -> list[PayoutSum]:
    """Sums by township and next step; what is paid and what is gone stand apart."""
    found: dict[tuple[str, str, NextStep], tuple[int, int]] = {}
    for row in rows:
        step = next_step(_standing(row), waits)
        state = row.state if step is NextStep.NONE else "open"
        key = (row.division_prefix or "", state, step)
        count, fen = found.get(key, (0, 0))
        found[key] = count + row.count, fen + row.amount_fen
    return [
        PayoutSum(division_prefix=prefix or None, state=state, next_step=step, count=count, amount_fen=fen)
        for (prefix, state, step), (count, fen) in sorted(found.items())
    ]


def _standing(row: PayoutRow | Sum) -> Standing:
    return Standing(row.kind, row.state, row.reason, row.line, row.applied, row.funded)
