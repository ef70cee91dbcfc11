"""What the engine found, with the very rules it used; answers, traces and schedules are made from it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from libs.common.policy.format import help_rules as h
from libs.common.policy.format import rules as r
from libs.common.policy.format.people_rules import AddOn

if TYPE_CHECKING:
    from libs.common.policy.engine.facts import Facts
    from libs.common.policy.engine.question import Status
    from libs.common.policy.engine.waiting import Wait


@dataclass(frozen=True, slots=True)
class Subsidy:
    """One share of a contribution that somebody else bears."""

    payer: str
    status: str
    amount_fen: int
    mechanism: str
    rule: h.SubsidyRule

    def as_dict(self) -> dict[str, object]:
        """Return the contract form."""
        return {
            "payer": self.payer,
            "status": self.status,
            "amount_fen": self.amount_fen,
            "mechanism": self.mechanism,
        }


class Decision:
    """The outcome of one assessment, step by step. Steps that were not reached stay None."""

    __slots__ = (
        "add_on_due", "add_ons", "admitted_by", "benefit", "benefit_days", "benefit_rule", "facts",
        "included", "no_subsidy_by", "outcome", "own_due", "own_standard", "paid_note", "price", "price_rule",
        "reasons",
        "refused_by", "reminders", "repair_due", "subsidies", "unknown", "wait", "waiting_days", "window",
    )  # fmt: skip

    def __init__(self, facts: "Facts") -> None:
        self.facts = facts
        self.outcome: str = "rejected"
        self.reasons: tuple[str, ...] = ()
        self.refused_by: r.ScopeRule | None = None
        self.admitted_by: r.ScopeRule | None = None
        self.no_subsidy_by: r.ScopeRule | None = None
        self.window: r.Window | None = None
        self.price_rule: r.PriceRule | None = None
        self.price: int | None = None
        self.own_standard: int = 0
        self.subsidies: tuple[Subsidy, ...] = ()
        self.unknown: tuple[Status, h.SubsidyRule] | None = None
        self.own_due: int | None = 0
        self.add_on_due: int = 0
        self.add_ons: tuple[AddOn, ...] = ()
        #: What of `add_on_due` is a part of the price: nobody can leave it out.
        self.included: int = 0
        self.benefit_rule: r.BenefitRule | None = None
        self.benefit: tuple[date, date] | None = None
        self.benefit_days: int = 0
        self.waiting_days: int = 0
        self.wait: Wait | None = None
        self.repair_due: int = 0
        self.reminders: tuple[r.Reminder, ...] = ()
        self.paid_note: h.AfterPaymentRule | None = None

    def cover(self, first: date, last: date) -> None:
        """Cover from a day to another, both included; nobody when no day is left."""
        if first <= last:
            self.benefit, self.benefit_days = (first, last), (last - first).days + 1

    def refuse(self, reason: str, rule: r.ScopeRule | None = None) -> "Decision":
        """End as rejected for one reason."""
        self.outcome, self.reasons, self.refused_by = "rejected", (reason,), rule
        self.own_due = 0
        return self

    def block(self, reason: str) -> "Decision":
        """End as blocked: an amount would have to be guessed, so there is none."""
        self.outcome, self.reasons, self.own_due, self.add_on_due = "blocked", (reason,), None, 0
        self.included = 0
        return self
