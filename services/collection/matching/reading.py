"""Turns stored notifications into lines to judge: parses them, digests who is named, joins the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.digests import Digests
from libs.common.security.masking import mask_identity_number, mask_name
from services.collection.channels import generic, wallet
from services.collection.channels.keyring import Keys
from services.collection.channels.port import ClaimItem, PaymentClaim
from services.collection.matching.lines import Line, Named, Ordered, split
from services.collection.matching.rules import Reason

_NOBODY = Named(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Reading:
    """One new payment: what it says, and the lines it falls into."""

    row: Any
    claim: PaymentClaim
    order: Ordered | None
    lines: list[Line]

    @property
    def settles_order(self) -> bool:
        """Whether the money is what the order asked for."""
        return self.order is not None and self.order.amount_fen == self.claim.amount_fen

    def payment(self) -> dict[str, Any]:
        """The row of the payment."""
        return {
            "id": self.row.notification_id,
            "channel": self.row.channel,
            "transaction_no": self.claim.transaction_no,
            "order_no": self.claim.order_no,
            "county": self.lines[0].county,
            "coverage_year": self.lines[0].coverage_year,
            "amount_fen": self.claim.amount_fen,
            "paid_at": self.claim.paid_at,
            "received_at": self.row.received_at,
        }


class Reader:
    """Reads notifications of every channel, also of channels that are no longer configured."""

    def __init__(self, keys: Keys, digests: Digests) -> None:
        self._keys = keys
        self._digests = digests

    def claim(self, row: Any) -> PaymentClaim:
        """Read what a stored notification (channel, raw, content) says."""
        channel = self._keys.channels.get(row.channel)
        if channel is not None:
            return channel.claim(row.raw, row.content)
        return generic.claim_of(row.raw) if row.content is None else wallet.claim_of(row.content, None)

    def read(self, row: Any, claim: PaymentClaim, orders: Mapping[str, Ordered]) -> Reading:
        """Make the lines of one new payment."""
        base = Line(
            payment_id=row.notification_id,
            line_no=1,
            channel=row.channel,
            transaction_no=claim.transaction_no,
            amount_fen=claim.amount_fen,
            paid_at=claim.paid_at,
            received_at=row.received_at,
            occurred_at=row.occurred_at,
        )
        order = orders.get(claim.order_no) if claim.order_no is not None else None
        named = [self.named(item, base) for item in claim.items]
        return Reading(row, claim, order, split(base, claim, named, order))

    def named(self, item: ClaimItem, line: Line) -> Named:
        """Digest and mask who a channel names; a number that no document can have finds nobody."""
        try:
            digest = self._digests.document(identify(item.id_number, business_date(line.received_at)))
        except IdentityNumberInvalid:
            digest = None
        return Named(
            digest,
            self._digests.name(item.name),
            mask_identity_number(item.id_number),
            mask_name(item.name),
        )


def again(row: Any) -> Line | None:
    """Make the line of a queue row that asks to judge a line again; None when it has left suspense."""
    if row.state != "suspended":
        return None
    named = replace(
        _NOBODY,
        identity_digest=row.identity_digest,
        name_digest=row.name_digest,
        masked_id=row.masked_id,
        masked_name=row.masked_name,
    )
    return Line(
        payment_id=row.notification_id,
        line_no=row.line_no,
        channel=row.channel,
        transaction_no=row.transaction_no,
        amount_fen=row.amount_fen,
        paid_at=row.paid_at,
        received_at=row.received_at,
        occurred_at=max(row.occurred_at, row.received_at),
        county=row.county,
        coverage_year=row.coverage_year,
        named=named,
        person_id=row.person_id if row.identity_digest is None else None,
        order_lapsed=row.reason == Reason.ORDER_EXPIRED,
        again=True,
    )


def sought(lines: Sequence[Line]) -> tuple[list[str], list[int]]:
    """The identities and persons whose dues are needed to judge these lines."""
    digests = {line.named.identity_digest for line in lines if line.named.identity_digest is not None}
    return sorted(digests), sorted({line.person_id for line in lines if line.person_id is not None})
