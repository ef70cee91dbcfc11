"""Which lapsed years somebody can repair who pays now, what each costs, and how long the wait is then."""

from dataclasses import dataclass
from datetime import date

from libs.common.policy.engine.decision import Decision
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.prices import AmountUnknown
from libs.common.policy.format import vocabulary as v

#: Of these the day from which the wait runs is known before the day of payment is.
_KNOWN_BEFORE = ("coverage_start", "event_day")


@dataclass(frozen=True, slots=True)
class Repairable:
    """What repairing lapsed years is, beside the contribution.

    `years` in the order in which they are repaired, the latest first, at `each_fen`. `months` is the wait
    with none of them repaired, with the first, with the first two. It runs from `waits_from`, or, where that
    is None, from the day that `anchor` makes of the day of payment.
    """

    years: tuple[int, ...]
    each_fen: int
    months: tuple[int, ...]
    anchor: v.Anchor
    waits_from: date | None
    latest: v.RepairLatest
    clause: str

    def as_dict(self) -> dict[str, object]:
        """Return the `repair` of a segment, as events carry it."""
        return {
            "years": self.years,
            "each_fen": self.each_fen,
            "months": self.months,
            "anchor": self.anchor,
            "waits_from": self.waits_from.isoformat() if self.waits_from is not None else None,
            "latest": self.latest,
            "clause": self.clause,
        }


def price_of_year(notice: Notice, d: Decision) -> int:
    """Return what one repaired year costs: the amount that the notice names, or the person's own standard.

    Raises AmountUnknown.
    """
    assert notice.waiting_rules is not None and notice.waiting_rules.repair is not None
    name = notice.waiting_rules.repair.price
    return d.own_standard if name is None else notice.amounts.value(name, d.facts.question.parameters)


def repairable(notice: Notice, d: Decision) -> Repairable | None:
    """Return what can usefully be repaired by whoever pays as it was decided; None where nothing can be.

    Nobody repairs at a price that is not known.
    """
    rules, wait = notice.waiting_rules, d.wait
    if rules is None or rules.repair is None or wait is None or not wait.most:
        return None
    if d.outcome not in ("payable", "exempt", "paid"):
        return None
    try:
        each = price_of_year(notice, d)
    except AmountUnknown:
        return None
    lapsed, before = wait.past.lapsed or 0, d.facts.question.repaid_years
    anchor = wait.rule.anchor
    return Repairable(
        years=tuple(notice.year - 1 - before - number for number in range(wait.most)),
        each_fen=each,
        months=tuple(rules.months(lapsed, before + number) for number in range(wait.most + 1)),
        anchor=anchor,
        waits_from=wait.from_on if anchor in _KNOWN_BEFORE else None,
        latest=rules.repair.latest,
        clause=rules.repair.clause,
    )
