"""Facts about money in suspense that goes back by the channel that took it.

Keyed by person (by the payment where nobody is known).
Collection asks before it has the channel give anything back: whoever pays refunds to cards says whether the
money is free, and keeps it until collection says what became of it (`PaymentReturned` with its `request_no`,
or `ChannelRefundEnded`).
"""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime

from libs.common.events.envelope import Fact
from libs.common.security.masking import mask_identities

COLLECTION, SUBSIDY = "canbao.collection", "canbao.subsidy"
#: Our number of a refund by a channel, the same however often it is asked for.
RequestNo = Annotated[str, AfterValidator(mask_identities)]


class _OfRefund(Fact):
    """A refund by a channel, of one payment line in suspense."""

    request_no: RequestNo
    payment_id: int
    line_no: int
    amount_fen: int
    person_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None


class ChannelRefundAsked(_OfRefund):
    """Two officers agreed that money goes back by its channel; nothing is sent before it is known free."""

    type: ClassVar[str] = "canbao.channel_refund.asked.v1"
    topic: ClassVar[str] = COLLECTION

    channel: str
    asked_at: AwareDatetime


class ChannelRefundEnded(_OfRefund):
    """It did not go back by its channel, and waits in suspense again.

    `outcome` is failed (it was never carried out), closed (the channel gave it up) or to_card (the channel
    could not carry it out, and an officer wants a card to get it instead). With done it did go back, and was
    told of before as a return without its number.
    """

    type: ClassVar[str] = "canbao.channel_refund.ended.v1"
    topic: ClassVar[str] = COLLECTION

    channel: str
    outcome: str
    ended_at: AwareDatetime


class ChannelRefundAnswered(_OfRefund):
    """Whether the money is `free` to go back by its channel: no refund to a card claims it.

    From then on none will, until it is told how the refund ended.
    """

    type: ClassVar[str] = "canbao.channel_refund.answered.v1"
    topic: ClassVar[str] = SUBSIDY

    free: bool
    answered_at: AwareDatetime
