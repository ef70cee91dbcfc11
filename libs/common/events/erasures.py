"""The fact of registration that somebody is forgotten. Keyed by person, as all that it says of people."""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact

TOPIC = "canbao.registration"


class PersonErased(Fact):
    """The time for which a person's data is kept is over, and two persons agreed: who it was is forgotten.

    Every service forgets names, numbers and what they are found by, of the person and of the records that
    were merged into it. Money, amounts and instants stay under the id; each voucher is kept for its own time.
    Facts about the person may still come: what they say of who it is is forgotten again.
    """

    type: ClassVar[str] = "canbao.person.erased.v1"
    topic: ClassVar[str] = TOPIC

    person_id: int
    merged_person_ids: tuple[int, ...] = ()
    county: str
    erased_at: AwareDatetime
