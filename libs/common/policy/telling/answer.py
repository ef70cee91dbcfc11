"""The answer of the assessment contract, made from a decision."""

from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.repairing import Repairable, repairable
from libs.common.policy.telling import trace, wording
from libs.common.policy.telling.past import warned_of_past
from libs.common.policy.telling.reliance import assumptions


class Answer:
    """One answer. Cheap to make; trace, summary and assumptions are worked out when asked for."""

    __slots__ = ("_traced", "case", "decision", "notice")

    def __init__(self, notice: Notice, case: object, decision: Decision, traced: bool = True) -> None:
        self.notice, self.case, self.decision, self._traced = notice, case, decision, traced

    @property
    def outcome(self) -> str:
        """Return payable, exempt, paid, rejected or blocked."""
        return self.decision.outcome

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """Return why, for rejected and blocked."""
        return self.decision.reasons

    @property
    def window(self) -> str | None:
        """Return main, makeup, overdue or special."""
        return self.decision.window.kind if self.decision.window else None

    @property
    def price_fen(self) -> int | None:
        """Return the contribution standard that applies, in fen; None when none does or it is unknown."""
        return self.decision.price

    @property
    def own_due_fen(self) -> int | None:
        """Return what the person hands over now, in fen; None when blocked."""
        return self.decision.own_due

    @property
    def add_on_due_fen(self) -> int:
        """Return the add-ons in fen, which never touch the fund."""
        return self.decision.add_on_due

    @property
    def subsidies(self) -> tuple[Subsidy, ...]:
        """Return the shares others bear."""
        return self.decision.subsidies

    @property
    def repairable(self) -> Repairable | None:
        """Return the lapsed years that can be repaired beside the contribution; None where none can be."""
        return repairable(self.notice, self.decision)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Return the ids of the open questions this answer leaned on, in the order of the steps."""
        return assumptions(self.notice, self.decision)

    @property
    def summary(self) -> dict[str, str]:
        """Return one sentence in each language: why this amount."""
        return wording.summary(self.notice, self.decision)

    @property
    def trace(self) -> list[trace.Step]:
        """Return every step in order with rule, clause, inputs, result and words."""
        return trace.steps(self.notice, self.decision, self.summary)

    def core(self) -> tuple[object, ...]:
        """Return what makes two neighboring answers in time the same one (benefit dates aside)."""
        d = self.decision
        shares = tuple((s.payer, s.status, s.amount_fen, s.mechanism) for s in d.subsidies)
        cover = None if d.price_rule is None else d.price_rule.cover_tier
        due = (d.own_due, d.add_on_due, d.included)
        return (d.outcome, d.reasons, self.window, d.price, *due, shares, cover, self.repairable)

    def as_dict(self) -> dict[str, object]:
        """Return the contract output. The same question always gives the same keys in the same order."""
        d = self.decision
        benefit, summary, counts_history = d.benefit, self.summary, self.notice.waiting_rules is not None
        out: dict[str, object] = {
            "case": self.case,
            "notice": self.notice.ref,
            "outcome": d.outcome,
            "reason_codes": list(d.reasons),
            "window": self.window,
            "price_fen": d.price,
            "own_due_fen": d.own_due,
            "add_on_due_fen": d.add_on_due,
            "subsidies": [s.as_dict() for s in d.subsidies],
            "benefit": {"from": benefit[0].isoformat(), "to": benefit[1].isoformat()} if benefit else None,
            "benefit_days": d.benefit_days,
            "waiting_days": d.waiting_days,
        }
        warnings = wording.warnings(d)
        if counts_history:
            out |= self._past()
            warnings += warned_of_past(self.notice, d)
        if d.price_rule is not None and d.price_rule.cover_tier is not None:
            # Only where the notice says that it is not the tier that is paid.
            out["cover_tier"] = d.price_rule.cover_tier
        out["assumptions"] = list(self.assumptions)
        out["warnings"] = warnings
        out["summary"] = summary
        if d.included:
            out["included_fen"] = d.included
        if self._traced:
            out["trace"] = trace.steps(self.notice, d, summary)
        return out

    def _past(self) -> dict[str, object]:
        """Return what a notice that counts history says of it (assessment contract, version 2)."""
        d = self.decision
        past, wait = d.facts.past, d.wait
        repairable = wait is not None and d.outcome != "blocked" and (wait.years or wait.most)
        return {
            "lapsed_years": past.lapsed if past else None,
            "continuous_years": past.continuous if past else None,
            "wait": wait.as_dict() if wait else None,
            "repair": {"years": wait.years, "due_fen": d.repair_due, "most_years": wait.most}
            if wait is not None and repairable
            else None,
        }
