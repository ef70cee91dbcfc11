"""What exactly the notice is asked about a person, and what the other services are told of the answer.

Rows of the store in, contract objects and JSON out. Times are business time.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, cast

import orjson
from pydantic import JsonValue

from libs.common.clock import SHANGHAI, business_date
from libs.common.dates import instant_of, is_minor
from libs.common.policy import Answer, Notice, Status
from libs.common.policy.engine.subsidies import other_help_of
from services.registration.assessments.subject import Asked, Person, Subject, Supplied
from services.registration.people.rules import Facts
from services.registration.statuses.rules import Recorded, Versioned, counted, history

_EMPLOYEE_INSURANCE = "employee_insurance"
#: Why somebody is assessed who is enrolled, also anew.
_REGISTERED = "registered"


class Helping(Protocol):
    """One line of help, as the engine decides it."""

    @property
    def payer(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def mechanism(self) -> str: ...


class _Known(Protocol):
    """Anything that is known since an instant."""

    @property
    def known_at(self) -> datetime: ...


def question_of(
    notice: Notice,
    subject: Subject,
    at: datetime,
    known_at: datetime,
    paid: tuple[datetime, int] | None = None,
    *,
    past_known_at: datetime | None = None,
) -> Asked:
    """Make the question of the contract: asked at `at`, with what was known of the person at `known_at`.

    After a payment it does not matter what happened to the person since, nor which tier the household has by
    now: the enrollment stands. Of the years before it may be asked what was known at another instant.
    """
    enrollment, person = subject.enrollment, subject.person_at(known_at)
    county, year = enrollment.county, enrollment.coverage_year
    facts = person.facts if paid is None else _as_at_completion(subject, person.facts)
    asked: Asked = {"born": person.born.isoformat(), "sex": person.sex, **facts}
    asked["registered_at"] = instant(enrollment.registered_at)
    if (history := history_at(notice, subject, past_known_at or known_at)) is not None:
        asked["history"] = history
    question: Asked = {"county": county, "year": year, "at": instant(at), "person": asked}
    if subject.statuses and (known := statuses_at(notice, subject.statuses, known_at)):
        question["statuses"] = known
    if event := subject.event_at(known_at):
        question["event"] = {"kind": event.kind, "on": event.happened_on.isoformat()}
    if enrollment.tier is not None:
        question["tier"] = enrollment.tier
    if subject.paid_tier is not None and enrollment.completed_at is None:
        question["household"] = {"paid_tier": subject.paid_tier}
    if enrollment.add_ons:
        question["add_ons"] = list(enrollment.add_ons)
    helped = _help_of_others(subject, known_at)
    if subject.parameters or helped:
        question["parameters"] = {**subject.parameters, **helped}
    if paid is not None:
        question["paid"] = {"at": instant(paid[0]), "amount_fen": paid[1]}
    return question


def _help_of_others(subject: Subject, known_at: datetime) -> dict[str, int]:
    """What lists give to the person, by payer: as it was known when the enrollment was completed."""
    completed = subject.enrollment.known_at
    then = known_at if completed is None else min(known_at, completed)
    given: dict[str, int] = {}
    for one in subject.helped:
        if one.known_at <= then and (one.withdrawn_at is None or one.withdrawn_at > then):
            name = f"{other_help_of(one.payer)}_fen"
            given[name] = given.get(name, 0) + one.amount_fen
    return given


def history_at(notice: Notice, subject: Subject, known_at: datetime) -> Asked | None:
    """`person.history` of the contract by what was known at an instant; None: not known, or not counted."""
    then = subject.past_at(known_at)
    if notice.waiting_rules is None or then is None:
        return None
    return cast("Asked | None", then.asked(notice.year, notice.waiting_rules.waiting.counted_from))


def _as_at_completion(subject: Subject, facts: Facts) -> Facts:
    """Facts with the insurance as an employee that was known when the enrollment was completed.

    What was corrected since counts as corrected; that somebody found employment takes no late help away.
    """
    completed = subject.enrollment.known_at
    if completed is None:
        return facts
    then = subject.person_at(completed).facts.get(_EMPLOYEE_INSURANCE)
    rest = {name: value for name, value in facts.items() if name != _EMPLOYEE_INSURANCE}
    return rest if then is None else {**rest, _EMPLOYEE_INSURANCE: then}


def instant(moment: datetime) -> str:
    """Write an instant with the offset of Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).isoformat()


def statuses_at(notice: Notice, stated: Iterable[Recorded], known_at: datetime) -> list[JsonValue]:
    """The statuses of a question: what rosters had said by an instant, folded into what held when.

    Of one person it is one history, by whichever of their numbers a roster named them.
    """
    by_status: dict[str, list[Recorded]] = {}
    for said in stated:
        if said.known_at <= known_at:
            by_status.setdefault(said.status, []).append(said)
    found: list[JsonValue] = []
    for status, about in sorted(by_status.items()):
        if len(about) == 1 and about[0].said == "add":
            found.append(_status(status, about[0]))
            continue
        versions = history(about)
        for stretch in counted(versions, _same_help(notice, status)):
            identified = stretch.identified_on if stretch.identified_on < stretch.effective_on else None
            found.append(_status(status, stretch, identified))
    return found


def _same_help(notice: Notice, status: str) -> Callable[[Versioned, Versioned], bool]:
    def same(one: Versioned, other: Versioned) -> bool:
        if (one.status_class, one.grade) == (other.status_class, other.grade):
            return True
        return notice.same_help(_asked(status, one), _asked(status, other))

    return same


def _asked(status: str, version: Versioned) -> Status:
    return Status(status, date.min, None, version.status_class, version.grade)


def changed_since(stated: Iterable[Recorded], moment: datetime) -> bool:
    """Whether rosters said anything after an instant."""
    return any(said.known_at > moment for said in stated)


def known_before(notice: Notice, subject: Subject) -> list[datetime]:
    """Since when something else was known of somebody than at the registration, in a window, in order.

    Only where a roster was typed after the day from which it counts: else what is known then says as well
    what was owed before.
    """
    opens = instant_of(min((window.from_ for window in notice.document.windows), default=0))
    heard = [said for said in subject.statuses if opens < said.known_at <= subject.enrollment.assess_at]
    if not any(business_date(said.known_at) > said.listed_on for said in heard):
        return []
    return [opens, *sorted({said.known_at for said in heard})]


def known_meanwhile(subject: Subject) -> list[datetime]:
    """Since when something else was known than was told last, in order.

    Of a complete enrollment nobody is told what would be owed without it: an officer may find that it never
    was, and what was paid meanwhile is judged by what was known then.
    """
    row = subject.enrollment
    if row.said_at is None or row.cause == _REGISTERED:
        return []
    known: list[_Known] = [*subject.statuses, *subject.events, *subject.earlier, *subject.helped]
    known.append(subject.person)
    moments = [
        *(one.known_at for one in known),
        *(event.withdrawn_at for event in subject.events),
        *(helping.withdrawn_at for helping in subject.helped),
    ]
    return sorted({at for at in moments if at is not None and row.said_at < at < row.assess_at})


def last_change(stated: Iterable[Recorded]) -> datetime:
    """The instant at which rosters last said something; `stated` is not empty."""
    return max(said.known_at for said in stated)


class Lasting(Protocol):
    """A status with its validity."""

    @property
    def status_class(self) -> str | None: ...
    @property
    def grade(self) -> int | None: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def ended_on(self) -> date | None: ...
    @property
    def listed_on(self) -> date: ...


def _status(code: str, lasting: Lasting, identified_on: date | None = None) -> Asked:
    status: Asked = {
        "code": code,
        "effective_on": lasting.effective_on.isoformat(),
        "listed_on": lasting.listed_on.isoformat(),
    }
    if lasting.grade is not None:
        status["grade"] = lasting.grade
    if lasting.status_class is not None:
        status["class"] = lasting.status_class
    if lasting.ended_on is not None:
        status["ended_on"] = lasting.ended_on.isoformat()
    if identified_on is not None:
        status["identified_on"] = identified_on.isoformat()
    return status


def parameters_at(rows: Iterable[Supplied], known_at: datetime) -> dict[tuple[str, int], dict[str, int]]:
    """The values of operators per notice that counted at an instant; `rows` are oldest first."""
    values: dict[tuple[str, int], dict[str, int]] = {}
    for row in rows:
        if row.known_at <= known_at:
            values.setdefault((row.county, row.coverage_year), {})[row.name] = row.value
    return values


def guardian_of(person: Person, at: datetime) -> tuple[bool, int | None]:
    """Whether the person is a minor then, and who acts for a minor (nobody, if that is the minor)."""
    minor = is_minor(person.born, business_date(at))
    return minor, person.guardian_id if minor and person.guardian_id != person.id else None


# ---------------------------------------------------------------------------------------------- explanations


@dataclass(frozen=True, slots=True)
class Explained:
    """An answer in the form it is kept: shared body by content, and what is needed at once."""

    sha: bytes
    answer: str
    trace: str
    benefit: tuple[date, date] | None

    def row(self) -> dict[str, object]:
        """The row of `explanations`."""
        return {
            "sha": self.sha,
            "answer": orjson.Fragment(self.answer),
            "trace": orjson.Fragment(self.trace),
        }


def explain(answer: Answer, question: Mapping[str, JsonValue]) -> Explained:
    """Give the answer its shared form: the first step of a trace, which names the person, is blanked."""
    body = answer.as_dict()
    first, *rest = cast("list[object]", body.pop("trace"))
    body.pop("case", None)
    opening = orjson.dumps(first).decode()
    for name, value in _personal(question):
        opening = opening.replace(value, f"{{{name}}}")
    trace = f"[{opening},{orjson.dumps(rest).decode()[1:]}" if rest else f"[{opening}]"
    kept = orjson.dumps(body).decode()
    sha = hashlib.sha256(f"{kept}\n{trace}".encode()).digest()
    return Explained(sha, kept, trace, answer.decision.benefit)


def read_trace(trace: Sequence[JsonValue], question: Mapping[str, JsonValue]) -> list[JsonValue]:
    """Fill a shared trace with what belongs to the person who asked."""
    opening = orjson.dumps(trace[0]).decode()
    for name, value in _personal(question):
        opening = opening.replace(f"{{{name}}}", value)
    return [orjson.loads(opening), *trace[1:]]


def _personal(question: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    paid, person = question.get("paid"), question["person"]
    at = paid["at"] if isinstance(paid, dict) else question["at"]
    moment = datetime.fromisoformat(str(at)).astimezone(SHANGHAI)
    return (
        ("at", moment.replace(microsecond=0).isoformat()),
        ("moment", moment.strftime("%Y-%m-%d %H:%M:%S")),
        ("born", str(person["born"]) if isinstance(person, dict) else ""),
    )
