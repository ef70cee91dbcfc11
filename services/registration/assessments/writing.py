"""What one batch of assessing writes, and where one enrollment stands while it is assessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Composed, Draft
from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.events.registration import EnrollmentAssessed
from libs.common.policy import Notice
from services.registration.assessments import store, telling
from services.registration.assessments.rules import Explained
from services.registration.assessments.subject import Asked, Line, Subject, Waiting
from services.registration.contests import store as contests
from services.registration.contests import telling as contest_telling
from services.registration.contests.store import ContestRow


@dataclass(slots=True)
class Written:
    """What one batch writes."""

    assessments: list[dict[str, object]] = field(default_factory=list)
    explanations: dict[bytes, Explained] = field(default_factory=dict)
    settled: list[dict[str, object]] = field(default_factory=list)
    facts: list[Composed | Draft] = field(default_factory=list)
    contests: list[ContestRow] = field(default_factory=list)
    cases: list[NewCase] = field(default_factory=list)
    gone: list[tuple[Gone, datetime]] = field(default_factory=list)
    restored: list[int] = field(default_factory=list)
    failed: list[tuple[Waiting, Exception]] = field(default_factory=list)

    def sizes(self) -> tuple[int, ...]:
        """How far it is written."""
        return tuple(len(rows) for rows in self._rows())

    def cut(self, sizes: tuple[int, ...]) -> None:
        """Forget what was written since."""
        for rows, size in zip(self._rows(), sizes, strict=True):
            del rows[size:]

    def _rows(self) -> "tuple[list[Any], ...]":
        return (
            *(self.assessments, self.settled, self.facts, self.contests, self.cases, self.gone),
            self.restored,
        )

    async def keep(self, conn: AsyncConnection) -> None:
        """Write all but the explanations."""
        if self.assessments:
            await store.insert(conn, self.assessments)
        if self.settled:
            await store.settle(conn, self.settled)
        await contests.note(conn, self.contests)
        if self.restored:
            await contests.forget_withdrawn(conn, self.restored)
        await cases.open_cases(conn, self.cases)
        by_instant: dict[datetime, list[Gone]] = {}
        for gone, at in self.gone:
            by_instant.setdefault(at, []).append(gone)
        for at, together in by_instant.items():
            await cases.close_cases(conn, together, at, contest_telling.CAUSE_GONE)
        await outbox.append(conn, self.facts)


@dataclass(slots=True)
class Progress:
    """Where one enrollment stands while it is assessed."""

    subject: Subject
    notice: Notice
    revision: int
    open_id: int | None = None
    final_id: int | None = None
    benefit: tuple[date, date] | None = None

    def note(
        self,
        written: Written,
        kind: str,
        at: datetime,
        assessment_id: int,
        given: Asked,
        explained: Explained,
        late: Sequence[Line] | None = None,
    ) -> None:
        """Note one assessment."""
        enrollment = self.subject.enrollment
        self.revision += 1
        written.explanations[explained.sha] = explained
        written.assessments.append(
            {
                "id": assessment_id,
                "county": enrollment.county,
                "coverage_year": enrollment.coverage_year,
                "enrollment_id": enrollment.enrollment_id,
                "person_id": enrollment.person_id,
                "revision": self.revision,
                "kind": kind,
                "cause": enrollment.cause,
                "question": given,
                "explanation_sha": explained.sha,
                "notice_sha": self.notice.sha256,
                "late_subsidies": late,
                "assessed_at": at,
            }
        )

    def publish(
        self,
        written: Written,
        kind: type[EnrollmentAssessed],
        schedule: bytes,
        more: Mapping[str, object],
        name_digest: Callable[[str], str],
    ) -> None:
        """Tell the other services."""
        enrollment = self.subject.enrollment
        fact = telling.assessed_fact(
            self.subject,
            assessment_id=self.open_id or self.final_id or enrollment.final_assessment_id or 0,
            revision=self.revision,
            notice=self.notice.ref,
            name_digest=name_digest(self.subject.person.name),
            schedule=schedule,
            assessed_at=enrollment.assess_at,
        )
        body = orjson.dumps({**fact, **more})
        written.facts.append(Draft.composed(kind, body, str(enrollment.person_id), enrollment.assess_at))
