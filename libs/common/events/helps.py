"""The fact that others' money goes back to who gave it. Keyed by county and payer, as its arrival."""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact

TOPIC = "canbao.registration"


class HelpReturned(Fact):
    """A part of others' money that helps nobody goes back to who gave it; two persons did that.

    Keyed by county and payer. `arrival_id` is that of `FundsArrived`: the money had come, and counts less.
    """

    type: ClassVar[str] = "canbao.help.returned.v1"
    topic: ClassVar[str] = TOPIC

    return_id: int
    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    returned_at: AwareDatetime
