"""Judges the lines of a batch one after the other: what the first takes, the next does not get any more.

Pure. The reason for suspense is the first thing that stands in the way: who, which year, paid already (here
or in another county), when, how much, and what the household has paid.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from libs.common.clock import business_date
from services.collection.dues.rules import Due
from services.collection.fitting.rules import (
    Reason,
    RepairedYear,
    Verdict,
    after_expiry,
    has_to_pay,
    in_season,
    judge,
    window_ends_at,
)
from services.collection.households.rules import (
    NO_TERMS,
    AddOnsBought,
    Bought,
    HouseholdYear,
    Member,
    PaidTier,
    Terms,
    TermsOfNotices,
    Tiers,
)
from services.collection.matching.rules import Decision, Dues, Line, PersonYear, person_year
from services.collection.repairs.rules import RepairsKnown, RepairStanding, repairing


class Judging:
    """What is known while a batch is judged, and what its own lines have taken so far."""

    def __init__(
        self,
        dues: Dues,
        paid: Iterable[PersonYear],
        *,
        terms: TermsOfNotices | None = None,
        tiers: Tiers | None = None,
        bought: Iterable[Bought] = (),
        members: Mapping[HouseholdYear, Sequence[Member]] | None = None,
        repairs: Iterable[RepairStanding] = (),
    ) -> None:
        self._dues = dues
        self._taken = set(paid)
        self._enrollments: set[int] = set()
        self._terms = terms
        self._tiers = tiers or Tiers()
        self._bought = AddOnsBought(bought)
        self._members = members or {}
        self._repairs = RepairsKnown(repairs)

    def decide(self, lines: Sequence[Line]) -> list[Decision]:
        """Judge lines in their order; then see who has to wait for others of the household."""
        decisions = [self._decide(line) for line in lines]
        waiting = [self._alone(one) if self._waits(one) else one for one in decisions]
        alone = {
            person_year(one.due)
            for one in waiting
            if one.due is not None and one.verdict.reason == Reason.HOUSEHOLD_INCOMPLETE
        }
        self._taken -= alone
        return [self._second(one, alone) for one in waiting] if alone else waiting

    def _waits(self, decision: Decision) -> bool:
        """Whether a household that pays together is not together yet."""
        due, line = decision.due, decision.line
        if due is None or due.household_id is None or decision.verdict.segment is None:
            return False
        members = self._members.get(HouseholdYear(due.household_id, due.coverage_year), ())
        return any(
            not one.waits and person_year(one.due) not in self._taken and has_to_pay(one.due, line.paid_at)
            for one in members
        )

    @staticmethod
    def _alone(decision: Decision) -> Decision:
        due, segment = decision.due, decision.verdict.segment
        assert due is not None and segment is not None
        ends_at = window_ends_at(due, decision.line.paid_at, segment)
        return replace(decision, verdict=Verdict(reason=Reason.HOUSEHOLD_INCOMPLETE, waits_until=ends_at))

    def _second(self, decision: Decision, alone: Collection[PersonYear]) -> Decision:
        """Judge a second payment for somebody whose first one waits as if it came alone: none paid yet.

        Nor can anything be repaired beside what waits.
        """
        due = decision.due
        if due is not None and decision.verdict.repair is not None and person_year(due) in alone:
            return replace(decision, verdict=Verdict(reason=Reason.REPAIR_NOT_POSSIBLE))
        if due is None or decision.verdict.reason != Reason.ALREADY_PAID or person_year(due) not in alone:
            return decision
        _, verdict = self._judge(decision.line)
        second = replace(decision, verdict=verdict)
        return self._alone(second) if verdict.segment is not None else second

    def _decide(self, line: Line) -> Decision:
        due, verdict = self._judge(line)
        if due is None:
            return self._of_other_county(line, verdict)
        if verdict.applied:
            self._take(line, due, verdict)
        fixed = None
        if verdict.reason == Reason.HOUSEHOLD_TIER_MISMATCH:
            fixed = self._tiers.of(due.household_id, due.coverage_year)
        return Decision(line, due, verdict, fixed)

    def _of_other_county(self, line: Line, verdict: Verdict) -> Decision:
        """Keep money apart that names somebody who has the year in another county."""
        other = self._dues.of_other_county(line) if verdict.reason == Reason.UNKNOWN_PERSON else None
        if other is None or not (other.state in ("paid", "exempt") or person_year(other) in self._taken):
            return Decision(line, None, verdict)
        line = replace(line, person_id=other.person_id)
        return Decision(line, None, Verdict(reason=Reason.ENROLLED_ELSEWHERE))

    def _judge(self, line: Line) -> tuple[Due | None, Verdict]:
        due, other_year = self._dues.of(line)
        if line.doubt is not None:
            return due, Verdict(reason=line.doubt)
        if due is None:
            return None, Verdict(reason=Reason.UNKNOWN_PERSON)
        if other_year:
            return due, Verdict(reason=Reason.WRONG_YEAR)
        name = line.named.name_digest
        if name is not None and not due.is_named(name, line.paid_at):
            return due, Verdict(reason=Reason.NAME_MISMATCH)
        return due, self._fit(line, due)

    def _fit(self, line: Line, due: Due) -> Verdict:
        if line.repaired_year is not None:
            return self._repair(line, line.repaired_year, due)
        if self._paid_elsewhere(due):
            return Verdict(reason=Reason.ENROLLED_ELSEWHERE)
        paid = due.state == "paid" or person_year(due) in self._taken
        fixed = self._tiers.of(due.household_id, due.coverage_year) if self._terms_of(due).same_tier else None
        chosen = line.choice.tier if due.tier is None else None
        tier = fixed.tier if fixed is not None else chosen
        verdict = judge(due, line.amount_fen, line.paid_at, paid=paid, household_tier=tier)
        if verdict.segment is None and line.choice.add_on_fen:
            own_fen = line.amount_fen - line.choice.add_on_fen
            alone = judge(due, own_fen, line.paid_at, paid=paid, household_tier=tier)
            verdict = _with_chosen(alone, line.choice.add_on_fen) or verdict
        verdict = self._with_add_on(line, due, verdict)
        if line.order_lapsed and verdict.reason is not None:
            verdict = replace(verdict, reason=after_expiry(verdict.reason))
        return verdict

    def _repair(self, line: Line, year: int, due: Due) -> Verdict:
        """Take money for a lapsed year that its payer named, beside a contribution that counts."""
        known = self._repairs.of(person_year(due))
        if year in known.repaired_years:
            return Verdict(reason=Reason.ALREADY_PAID)
        paid_on = business_date(line.paid_at)
        for stated in (due.in_force(line.paid_at), due.newest):
            found = repairing(due, known, line.paid_at, stated)
            fits = found is not None and year in found.left and line.amount_fen == found.terms.each_fen
            if found is not None and fits and found.completed_on is not None and found.possible(paid_on):
                cover_from = found.cover_from(1, paid_on)
                repaired = RepairedYear(year, found.segment.window or "", cover_from)
                return Verdict(repair=repaired, assessment_id=(stated or due.newest).assessment_id)
        return Verdict(reason=Reason.REPAIR_NOT_POSSIBLE)

    def _with_add_on(self, line: Line, due: Due, verdict: Verdict) -> Verdict:
        """Take money that is the price of one add-on, and not what the contribution costs, for that."""
        every = self._terms_of(due).add_ons
        offered = [one for one in every if not one.inside]
        had = self._bought.of(due.person_id, due.coverage_year, every)
        bought = had & {one.code for one in offered}
        segment = verdict.segment
        if segment is not None and (segment.own_due_fen or 0) > 0:
            twice = segment.add_on_due_fen > segment.included_fen and bought
            return Verdict(reason=Reason.WRONG_AMOUNT) if twice else verdict
        asked = [one for one in offered if one.price_fen == line.amount_fen]
        if len(asked) != 1 or due.state == "cancelled" or not in_season(due, line.paid_at):
            return verdict
        if asked[0].code in bought:
            return Verdict(reason=Reason.ALREADY_PAID)
        return Verdict(add_on=asked[0], assessment_id=due.assessment_id)

    def _paid_elsewhere(self, due: Due) -> bool:
        others = self._dues.elsewhere(due)
        return any(one.state == "paid" or one.enrollment_id in self._enrollments for one in others)

    def _take(self, line: Line, due: Due, verdict: Verdict) -> None:
        if verdict.repair is not None:
            self._repairs.note_repaired(person_year(due), verdict.repair.year)
            return
        if verdict.add_on is not None:
            self._bought.note(Bought(due.person_id, due.coverage_year, verdict.add_on.code, line.amount_fen))
            return
        if verdict.segment is not None and verdict.segment.add_on_due_fen:
            fen = verdict.segment.add_on_due_fen
            self._bought.note(Bought(due.person_id, due.coverage_year, None, fen))
        self._taken.add(person_year(due))
        self._repairs.note_paid(person_year(due), line.paid_at, verdict.tier)
        self._enrollments.add(due.enrollment_id)
        if verdict.tier is not None and due.household_id is not None:
            self._tiers.note(
                PaidTier(
                    household_id=due.household_id,
                    coverage_year=due.coverage_year,
                    tier=verdict.tier,
                    person_id=due.person_id,
                    payment_id=line.payment_id,
                    line_no=line.line_no,
                    paid_at=line.paid_at,
                    channel=line.channel,
                    transaction_no=line.transaction_no,
                )
            )

    def _terms_of(self, due: Due) -> Terms:
        return self._terms.of(due.county, due.coverage_year) if self._terms is not None else NO_TERMS


def _with_chosen(verdict: Verdict, add_on_fen: int) -> Verdict | None:
    """The contribution with the add-ons that its payer chose in the order; None where it is not owed."""
    segment = verdict.segment
    if segment is None or not segment.own_due_fen or segment.add_on_due_fen > segment.included_fen:
        return None
    together_fen = add_on_fen + segment.included_fen
    return replace(verdict, segment=segment.model_copy(update={"add_on_due_fen": together_fen}))
