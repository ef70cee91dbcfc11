"""Facts about people recognized here who are insured elsewhere. Keyed by person.

`enrollment_id` is the id of the record: it is of the series of enrollments, and none of them has it.
"""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact, SubsidyLine

TOPIC = "canbao.registration"


class ElsewhereHelped(Fact):
    """Two officers agreed that somebody who is insured elsewhere gets this help, to the card.

    Of a record the fact with the highest `revision` counts; another one tells other help. `paid_at` is noon
    of the day on which the person paid there.
    """

    type: ClassVar[str] = "canbao.elsewhere.helped.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    revision: int
    person_id: int
    guardian_id: int | None = None
    minor: bool = False
    county: str
    coverage_year: int
    division_code: str
    notice: str
    identity_digests: tuple[str, ...]
    name_digest: str
    subsidies: tuple[SubsidyLine, ...]
    paid_at: AwareDatetime
    assessed_at: AwareDatetime


class ElsewhereEnded(Fact):
    """Such help ends, for good: `reason` is withdrawn, insured_here, status_gone or merged."""

    type: ClassVar[str] = "canbao.elsewhere.ended.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    revision: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    reason: str
    cancelled_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (ElsewhereHelped, ElsewhereEnded)
