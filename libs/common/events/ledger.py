"""Facts that the ledger publishes about handovers. Keyed by county and deadline."""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact

TOPIC = "canbao.ledger"


class HandoverSealed(Fact):
    """The totals of one deadline were frozen; `sha256` is over their canonical JSON."""

    type: ClassVar[str] = "canbao.handover.sealed.v1"
    topic: ClassVar[str] = TOPIC

    handover_id: int
    county: str
    coverage_year: int
    deadline_id: str
    cutoff_at: AwareDatetime
    head_count: int
    amount_fen: int
    sha256: str
    sealed_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (HandoverSealed,)
