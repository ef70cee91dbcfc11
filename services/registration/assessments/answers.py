"""Asks the notices, and remembers what people in the same position share: hundreds of thousands differ in
nothing but date of birth and instant, and get the same schedule and the same explanation."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from pydantic import JsonValue

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice, Question, Segment, assess, parse_question, schedule
from services.registration.assessments import rules
from services.registration.assessments.rules import Explained
from services.registration.assessments.subject import Subject

_SCHEDULES_KEPT = 4_096
_EXPLANATIONS_KEPT = 20_000


class Answers:
    """Schedules and explanations, kept as long as the engine gives the very same segments."""

    def __init__(self) -> None:
        self._schedules: dict[int, tuple[Segment, bytes]] = {}
        self._explanations: dict[tuple[object, ...], tuple[Segment, Explained]] = {}

    def schedule(self, notice: Notice, question: Question) -> bytes:
        """The schedule as JSON."""
        return self._schedule(notice, question)[1]

    def owed(self, notice: Notice, subject: Subject, at: datetime, known_at: datetime) -> bytes:
        """The schedule as JSON of somebody who had neither paid nor become exempt, by what was known then."""
        return self.schedule(notice, parse_question(rules.question_of(notice, subject, at, known_at)))

    def explain(self, notice: Notice, question: Question, given: Mapping[str, JsonValue]) -> Explained:
        """The answer to a question nobody has paid yet; `given` is the question as it is stored.

        The engine shares segments among people whose answers are the same at every instant. Within a segment
        and a day only the personal values differ, which an explanation leaves out; benefit and enrollment
        depend on the day and on the instant of registration.
        """
        segments, _, seen = self._schedule(notice, question)
        at = instant_of(question.at)
        segment = next(s for s in segments if s.until_at is None or at < s.until_at)
        key = (id(segment), business_date(at), question.person.registered_at)
        kept = self._explanations.get(key)
        if kept is not None and kept[0] is segment:
            return kept[1]
        explained = rules.explain(assess(notice, question), given)
        if seen:
            if len(self._explanations) >= _EXPLANATIONS_KEPT:
                self._explanations.clear()
            self._explanations[key] = (segment, explained)
        return explained

    def _schedule(self, notice: Notice, question: Question) -> tuple[list[Segment], bytes, bool]:
        """Segments, their JSON, and whether somebody else had the very same."""
        segments = schedule(notice, question)
        kept = self._schedules.get(id(segments[0]))
        if kept is not None and kept[0] is segments[0]:
            return segments, kept[1], True
        if len(self._schedules) >= _SCHEDULES_KEPT:
            self._schedules.clear()
        body = segments_json(segments)
        # Holding the segment keeps its id from being given to another one.
        self._schedules[id(segments[0])] = (segments[0], body)
        return segments, body, False


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
            | ({"included_fen": included} if (included := segment.answer.decision.included) else {})
            | ({"repair": repair.as_dict()} if (repair := segment.answer.repairable) is not None else {})
            for segment in segments
            if not _CLOSED.issuperset(segment.answer.reason_codes or ("open",))
        ]
    )
