"""Turns stored notifications into lines to judge: parses them, digests who is named, joins the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.digests import Digests
from libs.common.security.masking import mask_identity_number, mask_name
from services.collection.channels import by_hand, former, from_file
from services.collection.channels.keyring import Keys
from services.collection.channels.port import ReportedItem, ReportedPayment
from services.collection.dues.rules import Choice
from services.collection.fitting.rules import Reason
from services.collection.matching.dividing import split
from services.collection.matching.queue_store import QueuedWork
from services.collection.matching.rules import Line, Named, Ordered, Told
from services.collection.matching.store import KeptLine, NewPayment
from services.collection.returns.rules import Return


@dataclass(frozen=True, slots=True)
class Reading:
    """One new payment: what it says, and the lines it falls into."""

    work: QueuedWork
    reported: ReportedPayment
    order: Ordered | None
    lines: list[Line]

    @property
    def transaction(self) -> tuple[str, str]:
        """Channel and transaction number."""
        return self.work.channel, self.reported.transaction_no

    @property
    def settles_order(self) -> bool:
        """Whether the money is what the order asked for."""
        return self.order is not None and self.order.amount_fen == self.reported.amount_fen

    def payment(self) -> NewPayment:
        """The payment to keep."""
        return NewPayment(
            id=self.work.notification_id,
            channel=self.work.channel,
            transaction_no=self.reported.transaction_no,
            order_no=self.reported.order_no,
            county=self.lines[0].county,
            coverage_year=self.lines[0].coverage_year,
            amount_fen=self.reported.amount_fen,
            paid_at=self.reported.paid_at,
            received_at=self.work.received_at,
            payer_digest=self.lines[0].payer_digest,
            employee_fund=self.lines[0].employee_fund,
        )


class PaymentReader:
    """Reads notifications of every channel, also of channels that are no longer configured."""

    def __init__(self, keys: Keys, digests: Digests) -> None:
        self._keys = keys
        self._digests = digests

    def reported(self, work: QueuedWork) -> ReportedPayment:
        """Read what a stored notification says."""
        if by_hand.is_taken_by_hand(work.raw):
            return by_hand.reported_by(work.raw)
        if from_file.is_from_file(work.raw):
            return from_file.reported_by(work.raw)
        channel = self._keys.channels.get(work.channel)
        if channel is not None:
            return channel.reported(work.raw, work.content)
        return former.reported_by(work.raw, work.content)

    def returned(self, work: QueuedWork) -> Return:
        """Read what a stored notification says about money that went back."""
        channel = self._keys.channels.get(work.channel)
        if from_file.is_from_file(work.raw):
            told = from_file.returned_by(work.raw)
        elif channel is not None:
            told = channel.returned(work.raw, work.content)
        else:
            told = former.returned_by(work.raw, work.content)
        return Return(
            notification_id=work.notification_id,
            channel=work.channel,
            transaction_no=told.transaction_no,
            return_no=told.return_no,
            kind=told.kind,
            status=told.status,
            amount_fen=told.amount_fen,
            # A number that nobody can have is nobody's of the payment, and not as if none had been said.
            identity_digest=(self._digest(told.id_number, work.received_at) or "")
            if told.id_number
            else None,
            returned_at=told.returned_at or work.received_at,
            received_at=work.received_at,
            so_far=told.so_far,
            request_no=told.request_no,
        )

    def read(self, work: QueuedWork, reported: ReportedPayment, orders: Mapping[str, Ordered]) -> Reading:
        """Make the lines of one new payment."""
        order = orders.get(reported.order_no) if reported.order_no is not None else None
        base = Line(
            payment_id=work.notification_id,
            line_no=1,
            channel=work.channel,
            transaction_no=reported.transaction_no,
            amount_fen=reported.amount_fen,
            paid_at=reported.paid_at,
            received_at=work.received_at,
            occurred_at=work.occurred_at,
            payer_digest=order.payer_digest if order is not None else None,
            employee_fund=order.fund_behind(work.channel) if order is not None else None,
        )
        named = [self.named(item, base) for item in reported.items]
        return Reading(work, reported, order, split(base, reported, named, order))

    def named(self, item: ReportedItem, line: Line) -> Named:
        """Digest and mask who a channel names; a number that no document can have finds nobody."""
        if item.person_id is not None:
            return Named(None, None, None, item.name or None)
        return Named(
            self._digest(item.id_number, line.received_at),
            self._digests.name(item.name),
            mask_identity_number(item.id_number),
            mask_name(item.name),
        )

    def _digest(self, id_number: str, received_at: datetime) -> str | None:
        try:
            return self._digests.document(identify(id_number, business_date(received_at)))
        except IdentityNumberInvalid:
            return None


def again(kept: KeptLine, occurred_at: datetime) -> Line | None:
    """Make the line to judge again of one that was kept; None when it has left suspense, or is about to.

    What is told of it now is later than all that was: who hears it in another order knows the last.
    """
    if kept.state != "suspended" or kept.giving_back:
        return None
    earliest = kept.received_at if kept.told_at is None else kept.told_at + timedelta(microseconds=1)
    return Line(
        payment_id=kept.payment_id,
        line_no=kept.line_no,
        channel=kept.channel,
        transaction_no=kept.transaction_no,
        amount_fen=kept.amount_fen,
        paid_at=kept.paid_at,
        received_at=kept.received_at,
        occurred_at=max(occurred_at, earliest),
        county=kept.county,
        coverage_year=kept.coverage_year,
        named=Named(kept.identity_digest, kept.name_digest, kept.masked_id, kept.masked_name),
        person_id=kept.person_id if kept.identity_digest is None else None,
        order_lapsed=kept.reason == Reason.ORDER_EXPIRED,
        told=Told(
            kept.reason,
            kept.person_id,
            kept.enrollment_id,
            kept.division_code,
            kept.told_at,
            kept.household_id,
        ),
        payer_digest=kept.payer_digest,
        employee_fund=kept.employee_fund,
        choice=Choice(kept.chosen_tier, kept.chosen_add_on_fen),
        repaired_year=kept.repaired_year,
    )


def sought(lines: Sequence[Line]) -> tuple[list[str], list[int]]:
    """The identities and persons whose dues are needed to judge these lines."""
    digests = {line.named.identity_digest for line in lines if line.named.identity_digest is not None}
    return sorted(digests), sorted({line.person_id for line in lines if line.person_id is not None})
