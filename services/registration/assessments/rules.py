"""What exactly the notice is asked about a person, and what the other services are told of the answer.

Rows of the store in, contract objects and JSON out. Times are business time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypedDict, cast

import orjson
from pydantic import JsonValue

from libs.common.clock import SHANGHAI, business_date
from libs.common.dates import is_minor
from libs.common.policy import Answer, Segment
from libs.common.security.masking import mask_name
from services.registration.assessments.subject import Asked, Person, StatusVersion, Subject, Supplied


class Line(TypedDict):
    """One line of help, as events and answers carry it."""

    payer: str
    status: str
    amount_fen: int
    mechanism: str


class Subsidy(Protocol):
    """One line of help, as the engine decides it."""

    @property
    def payer(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def mechanism(self) -> str: ...


def question_of(
    subject: Subject, at: datetime, known_at: datetime, paid: tuple[datetime, int] | None = None
) -> Asked:
    """Make the question of the contract: asked at `at`, with the statuses that were known at `known_at`."""
    enrollment, person = subject.enrollment, subject.person
    question: Asked = {
        "county": enrollment.county,
        "year": enrollment.coverage_year,
        "at": instant(at),
        "person": {
            "born": person.born.isoformat(),
            "sex": person.sex,
            **person.facts,
            "registered_at": instant(enrollment.registered_at),
        },
    }
    known: list[JsonValue] = [_status(tag) for tag in subject.statuses if believed(tag, known_at)]
    if known:
        question["statuses"] = known
    if subject.event is not None:
        question["event"] = {"kind": subject.event.kind, "on": subject.event.happened_on.isoformat()}
    if enrollment.tier is not None:
        question["tier"] = enrollment.tier
    if subject.paid_tier is not None:
        question["household"] = {"paid_tier": subject.paid_tier}
    if enrollment.add_ons:
        question["add_ons"] = list(enrollment.add_ons)
    if subject.parameters:
        question["parameters"] = dict(subject.parameters)
    if paid is not None:
        question["paid"] = {"at": instant(paid[0]), "amount_fen": paid[1]}
    return question


def instant(moment: datetime) -> str:
    """Write an instant with the offset of Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).isoformat()


def believed(tag: StatusVersion, known_at: datetime) -> bool:
    """Whether this version of a status was what the bureau knew at an instant."""
    return tag.known_at <= known_at and (tag.known_until is None or known_at < tag.known_until)


def changed_since(tags: Iterable[StatusVersion], moment: datetime) -> bool:
    """Whether what is known of statuses changed after an instant."""
    return any(tag.known_at > moment or (tag.known_until or moment) > moment for tag in tags)


def last_change(tags: Iterable[StatusVersion]) -> datetime:
    """The instant at which what is known of statuses last changed; `tags` are not empty."""
    return max(moment for tag in tags for moment in (tag.known_at, tag.known_until) if moment is not None)


def _status(tag: StatusVersion) -> Asked:
    status: Asked = {
        "code": tag.status,
        "effective_on": tag.effective_on.isoformat(),
        "listed_on": tag.listed_on.isoformat(),
    }
    if tag.grade is not None:
        status["grade"] = tag.grade
    if tag.status_class is not None:
        status["class"] = tag.status_class
    if tag.ended_on is not None:
        status["ended_on"] = tag.ended_on.isoformat()
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


# ---------------------------------------------------------------------------------------------- facts

#: The contract wants a beginning; a schedule has none before the first border of the notice.
_SINCE_EVER = "1900-01-01T00:00:00+08:00"
#: Outside of all segments nothing can be paid: a time for which this is all there is to say is left out.
_CLOSED = frozenset({"window_not_open", "window_closed"})


def segments_json(segments: Sequence[Segment]) -> bytes:
    """Write a schedule as the `schedule` of EnrollmentAssessed, without times in which no window is open."""
    return orjson.dumps(
        [
            {
                "from_at": segment.from_at.isoformat() if segment.from_at else _SINCE_EVER,
                "until_at": segment.until_at.isoformat() if segment.until_at else None,
                "outcome": segment.answer.outcome,
                "reason_codes": segment.answer.reason_codes,
                "window": segment.answer.window,
                "price_fen": segment.answer.price_fen,
                "own_due_fen": segment.answer.own_due_fen,
                "add_on_due_fen": segment.answer.add_on_due_fen,
                "subsidies": [subsidy.as_dict() for subsidy in segment.answer.subsidies],
            }
            for segment in segments
            if not _CLOSED.issuperset(segment.answer.reason_codes or ("open",))
        ]
    )


def assessed_fact(
    subject: Subject,
    *,
    assessment_id: int,
    revision: int,
    notice: str,
    name_digest: str,
    schedule: bytes,
    assessed_at: datetime,
) -> dict[str, object]:
    """The members of EnrollmentAssessed; `orjson` writes the schedule through as it is."""
    enrollment, person = subject.enrollment, subject.person
    minor, guardian_id = guardian_of(person, assessed_at)
    return {
        "enrollment_id": enrollment.enrollment_id,
        "assessment_id": assessment_id,
        "revision": revision,
        "person_id": person.id,
        "household_id": enrollment.household_id,
        "guardian_id": guardian_id,
        "minor": minor,
        "county": enrollment.county,
        "coverage_year": enrollment.coverage_year,
        "division_code": enrollment.division_code,
        "notice": notice,
        "identity_digests": person.digests,
        "name_digest": name_digest,
        "masked_name": mask_name(person.name),
        "tier": enrollment.tier,
        "schedule": orjson.Fragment(schedule),
        "assessed_at": instant(assessed_at),
    }


def late_subsidies(after: Sequence[Subsidy], decided: Sequence[Subsidy]) -> list[Line]:
    """What a late status brings on top of what was decided at payment.

    Money that goes to the card for the earlier decision is taken off; a department that settles by itself is
    listed when it was not before.
    """
    to_card = sum(s.amount_fen for s in decided if s.mechanism == "reimburse_to_card")
    outside = {(s.payer, s.status) for s in decided if s.mechanism == "outside_system"}
    late: list[Line] = []
    for subsidy in after:
        line = Line(
            payer=subsidy.payer,
            status=subsidy.status,
            amount_fen=subsidy.amount_fen,
            mechanism=subsidy.mechanism,
        )
        if subsidy.mechanism == "outside_system":
            if (subsidy.payer, subsidy.status) not in outside:
                late.append(line)
            continue
        covered = min(to_card, subsidy.amount_fen)
        to_card -= covered
        if subsidy.amount_fen > covered:
            line["amount_fen"] -= covered
            late.append(line)
    return late
