"""Where money goes: the lines that a payment falls into, and for each a due or suspense with the reason.

Pure: what the channel said, the order it names and the dues that were found go in; decisions come out. The
reason is the first thing that stands in the way: who, which year, paid already, when, how much.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.collection.dues.rules import AS_REGISTERED, Choice, Due, FoundDue
from services.collection.fitting.rules import Reason, Verdict
from services.collection.households.rules import HouseholdYear, PaidTier, TermsOfNotices

#: applied: it paid a due; suspended: its place is not found; refunded: it went back.
LineState = Literal["applied", "suspended", "refunded"]


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a payment names one. Without `identity_digest` the number cannot be anybody's."""

    identity_digest: str | None
    name_digest: str | None
    masked_id: str | None
    masked_name: str | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One person of an order in one coverage year, as far as a payment for it needs to know.

    `amount_fen` is the contribution with its add-ons, `repair_fen` all of the years that are repaired beside.
    """

    person_id: int
    coverage_year: int
    amount_fen: int
    masked_name: str | None
    choice: Choice = AS_REGISTERED
    repaired_years: tuple[int, ...] = ()
    repair_fen: int = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that a payment names. It lapses when it expires or is cancelled."""

    order_no: str
    county: str
    coverage_year: int
    division_code: str
    amount_fen: int
    lapses_at: datetime
    lines: tuple[OrderLine, ...]
    channel: str = ""
    payer_digest: str | None = None
    employee_fund: str | None = None

    def fund_behind(self, channel: str) -> str | None:
        """The employees' fund that owes what a channel tells of; of another channel nobody's account paid."""
        return self.employee_fund if channel == self.channel else None


@dataclass(frozen=True, slots=True)
class Told:
    """What others know of a line in suspense."""

    reason: str | None
    person_id: int | None
    enrollment_id: int | None
    division_code: str | None
    told_at: datetime | None
    household_id: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a payment that is to be judged. `told`: it is in suspense and is judged anew.

    `choice` is what its payer chose in the order.
    """

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    paid_at: datetime
    received_at: datetime
    occurred_at: datetime
    county: str | None = None
    coverage_year: int | None = None
    named: Named = field(default_factory=lambda: Named(None, None, None, None))
    person_id: int | None = None
    doubt: Reason | None = None
    order_lapsed: bool = False
    told: Told | None = None
    #: The unit that paid for its people.
    payer_digest: str | None = None
    #: The employees' fund that owes it.
    employee_fund: str | None = None
    choice: Choice = AS_REGISTERED
    #: The lapsed year that its payer wants to repair with it.
    repaired_year: int | None = None

    @property
    def again(self) -> bool:
        """Whether it is judged anew."""
        return self.told is not None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a line goes; `due` is whose money it is, as far as that is known.

    `fixed_by` is the payment that fixed another tier for the household, where that keeps it in suspense.
    """

    line: Line
    due: Due | None
    verdict: Verdict
    fixed_by: PaidTier | None = None


def news(decision: Decision) -> bool:
    """Whether others know of a line in suspense what is not so any more, or not so yet."""
    told, due = decision.line.told, decision.due
    if told is None or decision.verdict.applied:
        return True
    known = told.reason, told.person_id, told.enrollment_id
    if due is None:
        return known != (decision.verdict.reason, decision.line.person_id, None)
    return (*known, told.division_code) != (
        decision.verdict.reason, due.person_id, due.enrollment_id, due.division_code,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class PersonYear:
    """Whom nobody pays for twice: one person in one coverage year."""

    coverage_year: int
    person_id: int


class Dues:
    """The dues that a batch of lines may concern, found by identity or by person."""

    def __init__(self, found: Iterable[FoundDue]) -> None:
        self._by_digest: dict[str, list[Due]] = defaultdict(list)
        self._former: dict[str, list[FoundDue]] = defaultdict(list)
        self._by_person: dict[int, list[Due]] = defaultdict(list)
        self._digests: dict[int, list[str]] = defaultdict(list)
        for one in found:
            if one.digest is not None and one.last_said is not None:
                self._former[one.digest].append(one)
            elif one.digest is not None:
                self._by_digest[one.digest].append(one.due)
                self._digests[one.due.enrollment_id].append(one.digest)
            self._by_person[one.due.person_id].append(one.due)

    def of(self, line: Line) -> tuple[Due | None, bool]:
        """Find the due that a line is for; else one of the same person for another year, and True.

        A number that was somebody's when it was paid means them, unless the name says whose it is by now.
        """
        had: list[Due] = []
        if line.person_id is not None:
            known = self._by_person.get(line.person_id, [])
        else:
            known = self._by_digest.get(line.named.identity_digest or "", [])
            had = self._had(line, {due.person_id for due in known})
        here = [due for due in (*had, *known) if due.county == line.county]
        exact = [due for due in here if due.coverage_year == line.coverage_year]
        if exact:
            # Enrolled, cancelled and enrolled again: the one that stands, else the newest; one that ended by
            # a merge, or whose cover an officer ended, after those that money may still count for.
            return max(
                exact,
                key=lambda due: (
                    due.is_named(line.named.name_digest, line.paid_at),
                    due in had,
                    due.state != "cancelled",
                    due.cancelled_at is not None,
                    due.enrollment_id,
                ),
            ), False
        return (max(here, key=lambda due: due.coverage_year), True) if here else (None, False)

    def _had(self, line: Line, have: Collection[int]) -> list[Due]:
        """Who had the document that a line names when it was paid, and has it no more.

        A wrong number is used on for a while: where nobody has it since, it still means them, by their name.
        """
        found = []
        for one in self._former.get(line.named.identity_digest or "", ()):
            until = one.due.said_until(one.last_said or 0)
            still = not have and one.due.is_named(line.named.name_digest, line.paid_at)
            if one.due.person_id not in have and (until is None or line.paid_at < until or still):
                found.append(one.due)
        return found

    def of_other_county(self, line: Line) -> Due | None:
        """Whom a line means that names a county where nobody has its number, by an enrollment elsewhere."""
        known = self._by_digest.get(line.named.identity_digest or "", ())
        fitting = [
            due
            for due in known
            if due.coverage_year == line.coverage_year
            and due.county != line.county
            and due.is_named(line.named.name_digest, line.paid_at)
        ]
        return max(
            fitting, key=lambda due: (due.state in ("paid", "exempt"), due.enrollment_id), default=None
        )

    def elsewhere(self, due: Due) -> list[Due]:
        """What the same document owes for the same year in other counties."""
        digests = self._digests.get(due.enrollment_id, ())
        others = [other for digest in digests for other in self._by_digest.get(digest, ())]
        return [
            other
            for other in others
            if other.county != due.county and other.coverage_year == due.coverage_year
        ]

    def all(self) -> list[Due]:
        """Every due."""
        return [due for dues in self._by_person.values() for due in dues]

    def counties(self, years: Collection[int | None]) -> set[str | None]:
        """Every county where something is owed for these years."""
        return {due.county for due in self.all() if due.coverage_year in years}

    def people(self) -> list[PersonYear]:
        """Every person and coverage year, in order."""
        return sorted({person_year(due) for dues in self._by_person.values() for due in dues})

    def people_with_add_ons(self, terms: TermsOfNotices) -> list[PersonYear]:
        """Every person and year whose notice offers add-ons, in order."""
        return sorted(
            {
                person_year(due)
                for dues in self._by_person.values()
                for due in dues
                if terms.of(due.county, due.coverage_year).add_ons
            }
        )

    def households(self, fits: Callable[[Due], bool]) -> list[HouseholdYear]:
        """Every household and year for which the notice asks something, in order."""
        return sorted(
            {
                HouseholdYear(due.household_id, due.coverage_year)
                for dues in self._by_person.values()
                for due in dues
                if due.household_id is not None and fits(due)
            }
        )


def person_year(due: Due) -> PersonYear:
    """Whose year a due is for."""
    return PersonYear(due.coverage_year, due.person_id)
