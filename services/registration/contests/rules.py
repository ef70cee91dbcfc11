"""Whether what made an enrollment complete, or brought help, still holds; what follows when it does not.

A complete enrollment stands: a status that ends later, changes class or is listed anew takes nothing away.
Only a few causes can, each decided by an officer: never entitled at all; death, employee insurance or service
before cover begins; and the notice's own rule about statuses that end within a window.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.dates import first_second
from libs.common.policy import Decision, Notice


class Cause(StrEnum):
    """Why an enrollment or its help may not hold."""

    #: By what is known now, the status that helped was not held when the enrollment was completed.
    NEVER_ENTITLED = "never_entitled"
    #: The person died before cover began.
    DIED = "died"
    #: The person is insured as an employee, and cover has not begun.
    EMPLOYEE_INSURED = "employee_insured"
    #: The person serves in the forces or a prison sentence, and cover has not begun.
    IN_SERVICE = "in_service"
    #: The status ended within a window in which the notice takes its help away.
    STATUS_CANCELLED = "status_cancelled"


#: With these the cover ends, not only the help.
ENDS_COVER = frozenset({Cause.DIED, Cause.EMPLOYEE_INSURED, Cause.IN_SERVICE})
_OUT_OF_SCOPE = {"employee_insured": Cause.EMPLOYEE_INSURED, "in_service": Cause.IN_SERVICE}


@dataclass(frozen=True, slots=True)
class Late:
    """Help that was promised after payment: of which statuses, and whether less of it is due now."""

    statuses: frozenset[str]
    is_less: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What an enrollment rests on: as it was decided at completion, and by present knowledge.

    `known_on` is the day on which what is known of the person now became known: money may be told later.
    `doubted` are the causes of an open case.
    """

    notice: Notice
    decided: Decision
    standing: Decision
    known_on: date
    benefit_from: date | None
    died_on: date | None
    doubted: Collection[str] = ()
    late: Late | None = None
    employed_on: date | None = None

    def begun(self, cause: Cause) -> bool:
        """Whether cover had begun: on the day that it happened, or where none was told, became known.

        Where only its end was told, it had been so at the completion, and so before cover began.
        """
        since = self.employed_on if cause is Cause.EMPLOYEE_INSURED else None
        if self.benefit_from is None or (since is None and self._is_over(cause)):
            return False
        return (since or self.known_on) >= self.benefit_from

    def _is_over(self, cause: Cause) -> bool:
        person = self.standing.facts.person
        if cause is Cause.EMPLOYEE_INSURED:
            return person.insurance_state == "ended"
        return person.service_ends_on is not None and person.service_ends_on <= self.known_on


def causes(ground: Ground) -> tuple[Cause, ...]:
    """Why it may not hold, in a fixed order; empty when it does."""
    found: set[Cause] = set()
    if ground.died_on is not None and (ground.benefit_from is None or ground.died_on < ground.benefit_from):
        found.add(Cause.DIED)
    # Whom no window was open for was not entitled either: only who is out of scope is another question.
    rejected = ground.standing.reasons if ground.standing.outcome == "rejected" else ()
    outside = {_OUT_OF_SCOPE[code] for code in rejected if code in _OUT_OF_SCOPE}
    if outside:
        # Cover that begins while an officer has yet to decide makes no doubt of before go away.
        found |= {cause for cause in outside if not ground.begun(cause) or cause in ground.doubted}
    elif help_fen(ground.standing) < help_fen(ground.decided) or (ground.late and ground.late.is_less):
        found.add(Cause.NEVER_ENTITLED)
    if _cancelled_in_window(ground):
        found.add(Cause.STATUS_CANCELLED)
    return tuple(cause for cause in Cause if cause in found)


def help_fen(decision: Decision) -> int:
    """All help of a decision, in fen."""
    return sum(subsidy.amount_fen for subsidy in decision.subsidies)


def _cancelled_in_window(ground: Ground) -> bool:
    """Whether a status that helped ended within a window in which the notice takes its help away.

    An earlier stretch of it, which was over by the completion, brought no help.
    """
    completed_on = ground.decided.facts.on
    helped = {subsidy.status for subsidy in ground.decided.subsidies}
    helped |= ground.late.statuses if ground.late is not None else frozenset()
    windows = {window.id: window for window in ground.notice.windows}
    for rule in ground.notice.document.subsidies.ended:
        spans = [windows[window_id] for window_id in rule.windows]
        for status in ground.standing.facts.question.statuses:
            if status.code not in helped or status.code not in rule.statuses:
                continue
            if status.ended_on is None or status.ended_on <= completed_on:
                continue
            ended = first_second(status.ended_on)
            if any(span.from_ <= ended < span.to for span in spans):
                return True
    return False


class Turn(StrEnum):
    """What changes about the doubt in an enrollment."""

    #: It is contested now.
    CONTESTED = "contested"
    #: It stands again, because the causes went away.
    UPHELD = "upheld"
    #: It was contested before, for other causes.
    RENEWED = "renewed"
    #: Nothing changes.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Contest:
    """Where the doubt in an enrollment stands: its running number, open causes, and those decided already."""

    number: int
    contested: tuple[str, ...]
    upheld: tuple[str, ...]


def next_contest(now: Contest, found: Collection[str]) -> tuple[Contest, Turn]:
    """Give the state and the turn after causes were found (or none)."""
    open_causes = tuple(cause for cause in found if cause not in now.upheld)
    upheld = tuple(cause for cause in now.upheld if cause in found)
    if open_causes and not now.contested:
        return Contest(now.number + 1, open_causes, upheld), Turn.CONTESTED
    if now.contested and not open_causes:
        return Contest(now.number + 1, (), upheld), Turn.UPHELD
    turn = Turn.RENEWED if now.contested != open_causes else Turn.NONE
    return Contest(now.number, open_causes, upheld), turn


def ends_cover(found: Iterable[str]) -> bool:
    """Whether withdrawing for these causes ends the cover, not only the help."""
    return any(cause in ENDS_COVER for cause in found)


def settled(found: Sequence[str], now: Contest) -> Contest:
    """The state after an officer decided about these causes: they are not raised again."""
    upheld = tuple(sorted({*now.upheld, *found}))
    return Contest(now.number + 1, (), upheld)
