"""What is known of one person of a life, and what has become of their year so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TypeAlias

from canbao.simulate.changes import Happened, TakenBack
from canbao.simulate.histories import paint
from canbao.simulate.life import DIED, EMPLOYED, Delisted, Died, InsuredAsEmployee, Listed, Registered
from canbao.simulate.outcomes import Help, Line, Shown

#: What a paper says that was shown at registration counts since it was said.
FROM_THE_START = datetime.min.replace(tzinfo=UTC)
FOR_EVER = datetime.max.replace(tzinfo=UTC)
Facts = dict[str, object]
Event: TypeAlias = Happened | InsuredAsEmployee | Died


def shown(said: Listed | Delisted) -> Shown:
    """The paper by which a roster names somebody."""
    return said.person, said.under


@dataclass(frozen=True)
class HelpEnded:
    """An officer took help back: why, when, and of an enrollment that was completed when."""

    causes: frozenset[str]
    at: datetime
    completed_at: datetime
    paid: bool


@dataclass(eq=False)
class Payout:
    """Money for a card: due, sent, paid or failed; `card` is to which of the person's it went last.

    Of help `payer` says whose it is.
    """

    fen: int
    payer: str = ""
    state: str = "due"
    card: int = 0

    @property
    def out(self) -> bool:
        """Whether the money is with the bank or on the card."""
        return self.state in ("sent", "paid")

    def told(self, account: int) -> str:
        """How far it is, for somebody of this account: what failed may go to another."""
        return "due" if self.state == "failed" and self.card != account else self.state


@dataclass(eq=False)
class Refund:
    """A case about money that is to go back to the card: requested, approved, paid, rejected or closed.

    `whole` ends the contribution; `of_applied` says whether the money counted when it was asked for, and
    `by_itself` whether nobody asked for it.
    """

    line: Line
    fen: int
    whole: bool
    state: str = "requested"
    payout: Payout | None = None
    of_applied: bool = False
    by_itself: bool = False

    def __post_init__(self) -> None:
        self.of_applied = self.line.state == "applied"


@dataclass(eq=False)
class Person:
    """One person of a life, and what is known of them."""

    born: date
    registered: Registered | None = None
    #: The papers that are the person's or once were, and since when.
    papers: dict[Shown, datetime] = field(default_factory=dict)
    misnamed: bool = False
    renamed_at: datetime | None = None
    home: int | None = None
    #: What was told to have happened, and of it what was taken back.
    events: list[Event] = field(default_factory=list)
    taken_back: list[TakenBack] = field(default_factory=list)
    #: The tier that was chosen, at registration or by an amount.
    tier: int | None = None
    said: list[Listed | Delisted] = field(default_factory=list)
    #: When that was told of the record that goes on, where another one's enrollment stands.
    on_file: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    #: When something was told that changed what is known.
    changed: list[datetime] = field(default_factory=list)
    #: From when to when an exemption stood that gave way to an earlier payment.
    stood: list[tuple[datetime, datetime]] = field(default_factory=list)
    state: str = "unregistered"
    #: Who paid before the enrollment was cancelled has paid, whatever is known by then.
    cancelled_at: datetime | None = None
    cancelled_by_desk: bool = False
    completed_at: datetime | None = None
    #: By which knowledge it was completed.
    decided_at: datetime | None = None
    causes: set[str] = field(default_factory=set)
    #: What an officer decided to bear with, as long as it is so.
    borne_with: set[str] = field(default_factory=set)
    #: When an officer withdrew cover, or help only, and of which completion.
    ended_at: datetime | None = None
    help_ended: "HelpEnded | None" = None
    #: Whether an officer is asked about a cover that was withdrawn, since its cause holds no longer; and
    #: whether one left it so.
    returns: bool = False
    left_ended: bool = False
    #: When an exemption stood again that had been withdrawn, last.
    restored_at: datetime | None = None
    granted: list[Help] = field(default_factory=list)
    #: Late help that was told of a payment, and the statuses that brought it.
    promised: dict[int, tuple[list[Help], set[str]]] = field(default_factory=dict)
    #: Of a child the head of the household, as it was told last.
    carer: "Person | None" = None
    #: How many cards were given, what goes to them by payer and whether it is late, and open cases about it.
    cards: int = 0
    payouts: dict[tuple[str, bool, int], Payout] = field(default_factory=dict)
    #: To which card no more of a payer goes, since what failed there is no longer due as it was.
    refused: dict[str, int] = field(default_factory=dict)
    #: What had left for a record that ended.
    left: list[tuple[tuple[str, bool, int], Payout]] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    bank_cases: list[str] = field(default_factory=list)

    @property
    def account(self) -> int:
        """Which card money goes to: 0 is none, one below it the guardian's of a child that has none."""
        return self.cards or (-self.carer.cards if self.carer is not None else 0)

    @property
    def known_last(self) -> datetime:
        """The newest knowledge by which money is judged: none after the enrollment was cancelled."""
        until = self.cancelled_at
        return max(at for at in self.changed if until is None or at <= until)

    @property
    def counts(self) -> Line | None:
        """The line that counts for the year."""
        return next((line for line in self.lines if line.state == "applied"), None)

    @property
    def twice(self) -> list[Line]:
        """The lines that came while another one counted, in the order in which they were told."""
        some = [line for line in self.lines if line.state == "suspended" and line.reason == "already_paid"]
        return sorted(some, key=lambda line: line.arrived)

    @property
    def waiting(self) -> list[Line]:
        """The lines that something may still explain."""
        return [line for line in self.lines if line.state == "suspended" and line.reason != "already_paid"]

    def stranger(self, line: Line) -> str | None:
        """Why a line cannot be the person's: a number never theirs, or not their name then."""
        if line.shown not in self.papers:
            return "unknown_person"
        # Of somebody to whom nothing is owed any more a corrected name is not told.
        told = self.cancelled_at is None or (
            self.renamed_at is not None and self.renamed_at < self.cancelled_at
        )
        renamed_at = self.renamed_at if told else None
        if line.misnamed:
            right = self.misnamed and (renamed_at is None or line.paid_at < renamed_at)
        else:
            right = not self.misnamed or renamed_at is not None
        return None if right else "name_mismatch"

    def is_same(self, one: Shown, other: Shown) -> bool:
        """Whether two papers are known to be of one person."""
        return one == other or {one, other} <= self.papers.keys()

    def heard_at(self, said: Listed | Delisted) -> datetime | None:
        """Since when it is known of the person; None while nobody knows whose the paper is."""
        since = self.papers.get(shown(said))
        return None if since is None else max(said.at, since)

    def told(self, known_at: datetime) -> list[Listed | Delisted]:
        """What rosters had said of the person by an instant."""
        return [said for said in self.said if (at := self.heard_at(said)) is not None and at <= known_at]

    def hears(self, event: Event) -> bool:
        """Keep what happened, unless it is known."""
        if any((one.kind, one.on) == (event.kind, event.on) for one in self.events_by(FOR_EVER)):
            return False
        self.events.append(event)
        return True

    def forgets(self, step: TakenBack) -> bool:
        """Take back what did not happen; who did not die may be enrolled still."""
        if not any((one.kind, one.on) == (step.kind, step.on) for one in self.events_by(FOR_EVER)):
            return False
        self.taken_back.append(step)
        if self.state == "cancelled" and not self.cancelled_by_desk and self.died is None:
            self.state, self.cancelled_at = "assessed", None
        return True

    def cancel(self, at: datetime) -> bool:
        """Cancel an enrollment that nobody has paid, exempt or not; whether that changes anything."""
        if self.state not in ("assessed", "exempt"):
            return False
        if self.decided_at is not None:
            self.stood.append((self.decided_at, at))
        self.state, self.cancelled_at, self.cancelled_by_desk = "cancelled", at, True
        self.completed_at, self.decided_at, self.help_ended = None, None, None
        self.granted, self.causes, self.borne_with = [], set(), set()
        return True

    def events_by(self, known_at: datetime) -> list[Event]:
        """What was known at an instant to have happened, in the order in which it was told."""
        known = [
            one
            for one in self.events
            if one.at <= known_at
            and not any(
                (back.kind, back.on) == (one.kind, one.on) and one.at < back.at <= known_at
                for back in self.taken_back
            )
        ]
        return sorted(known, key=lambda one: one.at)

    def happened_by(self, known_at: datetime) -> list[Happened]:
        """The same, without death and employment."""
        return [one for one in self.events_by(known_at) if isinstance(one, Happened)]

    @property
    def died(self) -> Event | None:
        """The death that was told last."""
        return next((one for one in reversed(self.events_by(FOR_EVER)) if one.kind == DIED), None)

    @property
    def insured(self) -> Event | None:
        """The last employment."""
        some = [one for one in self.events_by(FOR_EVER) if one.kind == EMPLOYED]
        return max(some, key=lambda one: one.on, default=None)

    def facts(self, known_at: datetime) -> Facts:
        """What the contract asks about a person, as it was known at an instant."""
        assert self.registered is not None
        facts: Facts = {"hukou": "county"} | dict(self.registered.facts)
        for one in self.events_by(known_at):
            facts |= _after(one, facts)
        return facts

    def event(self, known_at: datetime) -> Happened | None:
        """What had happened last, as it was known at an instant."""
        return max(self.happened_by(known_at), key=lambda one: (one.on, one.at), default=None)


def _after(one: Event, facts: Facts) -> Facts:
    on = one.on.isoformat()
    if one.kind in ("discharged", "released"):
        service = facts.get("service")
        return {"service": {**(service if isinstance(service, dict) else {}), "ends_on": on}}
    changes: dict[str, Facts] = {
        EMPLOYED: {"employee_insurance": {"state": "active"}},
        "employee_insurance_ended": {"employee_insurance": {"state": "ended", "ended_on": on}},
        "hukou_moved_in": {"hukou": "county"},
        "graduated": {"school": None},
    }
    return changes.get(one.kind, {})


def _repeats(step: Listed, about: Sequence[Listed | Delisted]) -> bool:
    """Whether a roster of the same day said the very same of the person before."""
    same = (replace(said, at=step.at, person=step.person, under=step.under) for said in about)
    return step in same


def says(person: Person, step: Listed | Delisted) -> bool:
    """Keep what a roster says, unless there is nothing that it could end, or it is the same word again."""
    of_it = [said for said in person.said if said.status == step.status]
    about = [said for said in of_it if person.is_same(shown(said), shown(step))]
    if isinstance(step, Delisted):
        again = any(
            isinstance(said, Delisted) and (said.ended_on, said.listed_on) == (step.ended_on, step.listed_on)
            for said in about
        )
        if again or not any(day >= step.ended_on for day in paint(about)):
            return False
    if isinstance(step, Listed) and _repeats(step, about):
        if step.effective_on in paint(about):
            # A roster that is sent again takes back nothing that another one of its day has corrected.
            return False
        # The very row that had said it brings back what was struck since.
        step = replace(step, listed_on=max(said.listed_on for said in about))
    person.said.append(step)
    known = person.registered is not None and shown(step) in person.papers
    return known and paint(about) != paint([*about, step])
