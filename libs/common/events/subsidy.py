"""Facts that the subsidy service publishes about help with contributions, payouts and refunds.

Keyed by person (a refund of money of an unknown person: by its payment; payers' money: by county and payer).
"""

from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.channel_refunds import ChannelRefundAnswered
from libs.common.events.envelope import Fact

TOPIC = "canbao.subsidy"


class SubsidyGranted(Fact):
    """A payer owes `amount_fen` for a person's contribution.

    `mechanism`: paid_on_behalf (goes to the fund), reimburse_to_card (goes to the person's card by a payout),
    outside_system (a department settles with the person itself; no money moves here). `counted_at` is set
    where help without a payment stands again that an officer had withdrawn: handovers count it from then, as
    they counted its end; `granted_at` says since when the person is complete by it. Help for somebody
    who is insured `elsewhere` belongs to no enrollment: `enrollment_id` is the id of its record, and no
    assessment (0) decided it.
    """

    type: ClassVar[str] = "canbao.subsidy.granted.v1"
    topic: ClassVar[str] = TOPIC

    grant_id: int
    person_id: int
    enrollment_id: int
    assessment_id: int
    county: str
    coverage_year: int
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    completes_enrollment: bool = False
    granted_at: AwareDatetime
    counted_at: AwareDatetime | None = None
    elsewhere: bool = False


class SubsidyRevoked(Fact):
    """What was left of a grant was taken back. Money of it that had left is told back by SubsidyRecovered.

    `counted_at` is set where another payer bears the contribution instead: the instant of the grant that
    stands in for this one. Handovers count both by it; `revoked_at` says when it was decided.
    """

    type: ClassVar[str] = "canbao.subsidy.revoked.v1"
    topic: ClassVar[str] = TOPIC

    grant_id: int
    person_id: int
    enrollment_id: int
    county: str
    coverage_year: int
    division_code: str
    payer: str
    mechanism: str
    amount_fen: int
    reason: str
    revoked_at: AwareDatetime
    counted_at: AwareDatetime | None = None
    elsewhere: bool = False


class PayoutSettled(Fact):
    """The bank answered for one payout of a reimbursed subsidy.

    `outcome`: paid, failed (never left), returned (was paid, came back; after a paid of the same attempt).
    What the bank wrote stays in subsidy: `reason` is of facts of earlier releases.
    """

    type: ClassVar[str] = "canbao.payout.settled.v1"
    topic: ClassVar[str] = TOPIC

    payout_id: int
    grant_id: int
    batch_id: int
    attempt: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    payer: str
    amount_fen: int
    outcome: str
    reason: str | None = None
    settled_at: AwareDatetime


class RefundSettled(Fact):
    """The bank answered for a refund of one payment line. `outcome` as for payouts.

    `withdraws` says whether the contribution ends with it, or the repair of `repaired_year`; without it the
    line stays with what is left. Null in facts of earlier releases, which knew whole refunds only.
    `on_its_way_fen` is what other refunds of the line give back for which no bank has answered, told where
    the contribution ends: nobody is insured by it any more.
    """

    type: ClassVar[str] = "canbao.refund.settled.v1"
    topic: ClassVar[str] = TOPIC

    refund_id: int
    payment_id: int
    line_no: int
    batch_id: int
    attempt: int
    person_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    channel: str
    amount_fen: int
    outcome: str
    reason: str | None = None
    settled_at: AwareDatetime
    withdraws: bool | None = None
    on_its_way_fen: int = 0
    repaired_year: int | None = None


class SubsidyRecovered(Fact):
    """Help that had left came back to its payer, after its grant was taken back.

    Where the grant `goes_on` it is a part of it, which its payer bears no more. `source`: fund (out of the
    contribution that the person had paid) or person (the person gave it back).
    """

    type: ClassVar[str] = "canbao.subsidy.recovered.v1"
    topic: ClassVar[str] = TOPIC

    grant_id: int
    person_id: int
    enrollment_id: int
    county: str
    coverage_year: int
    division_code: str
    payer: str
    source: str
    amount_fen: int
    recovered_at: AwareDatetime
    goes_on: bool = False


class FundsRequested(Fact):
    """The bureau applied to finance for the money of a payer's help. Keyed by county and payer."""

    type: ClassVar[str] = "canbao.funds.requested.v1"
    topic: ClassVar[str] = TOPIC

    application_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    requested_at: AwareDatetime


class FundsArrived(Fact):
    """Money of a payer has come. Keyed as above."""

    type: ClassVar[str] = "canbao.funds.arrived.v1"
    topic: ClassVar[str] = TOPIC

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    arrived_at: AwareDatetime


class FundsReversed(Fact):
    """Money that was told of as arrived had been entered wrongly; two persons took it back. Keyed so, too."""

    type: ClassVar[str] = "canbao.funds.reversed.v1"
    topic: ClassVar[str] = TOPIC

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    reversed_at: AwareDatetime


class CardRecorded(Fact):
    """A person has a social-security card on record for the first time: that, and nothing of the account.

    A card may be told before its owner is known; then it is told when the owner is.
    """

    type: ClassVar[str] = "canbao.card.recorded.v1"
    topic: ClassVar[str] = TOPIC

    person_id: int
    county: str
    recorded_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (
    SubsidyGranted,
    SubsidyRevoked,
    PayoutSettled,
    RefundSettled,
    SubsidyRecovered,
    FundsRequested,
    FundsArrived,
    FundsReversed,
    CardRecorded,
    ChannelRefundAnswered,
)
