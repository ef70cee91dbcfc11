"""Which lines of a payment money belongs to that a channel gave back, and what it makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypedDict

from libs.common.security.masking import mask_identities
from services.collection.channels.port import ReturnKind, ReturnStatus
from services.collection.refunds.rules import LineMoney

#: waiting: its payment has not come; booked: its lines know; open: a person has to look; ignored: no effect
#: (a failure before the payment, a refund that failed before it succeeded).
ReturnState = Literal["waiting", "booked", "open", "ignored"]


@dataclass(frozen=True, slots=True)
class Return:
    """Money of one payment that a channel says went back.

    `so_far`: its amount is all that went back of the payment until then (`this_time` gives what is new).
    `decided`: officers took it back, so that nobody has to look at whose cover ended.
    """

    notification_id: int
    channel: str
    transaction_no: str
    return_no: str
    kind: ReturnKind
    status: ReturnStatus
    amount_fen: int | None
    identity_digest: str | None
    returned_at: datetime
    received_at: datetime
    state: ReturnState = "waiting"
    payment_id: int | None = None
    so_far: bool = False
    request_no: str | None = None
    decided: bool = False

    @property
    def subject(self) -> str:
        """What cases about it are about: the money, however often it is told of."""
        return f"returns/{self.channel}/{mask_identities(self.return_no)}"

    @property
    def transaction(self) -> tuple[str, str]:
        """Which payment."""
        return self.channel, self.transaction_no


@dataclass(frozen=True, slots=True)
class Part:
    """What of a return belongs to one line."""

    line: LineMoney
    amount_fen: int


def once_each(told: Sequence[Return], before: Collection[tuple[str, str]]) -> list[Return]:
    """Leave without effect what is told again under its number; `before` are channels and numbers on record.

    Of sums so far `this_time` says what is new.
    """
    seen, new = set(before), []
    for one in sorted(told, key=lambda one: one.notification_id):
        if one.status == "done":
            again = (one.channel, one.return_no) in seen and not one.so_far
            seen.add((one.channel, one.return_no))
            one = replace(one, state="ignored") if again else one
        new.append(one)
    return new


def this_time(told: Sequence[Return], before: Mapping[tuple[str, str], int]) -> list[Return]:
    """Turn sums so far into what went back this time; what adds nothing to what is known has no effect.

    `before` is what is known by payment. A sum that comes late, behind a greater one, was in that already;
    one that was lost is in the next.
    """
    known = dict(before)
    new = []
    for one in sorted(told, key=lambda one: one.notification_id):
        if one.state == "ignored" or one.status != "done" or one.amount_fen is None:
            pass
        elif not one.so_far:
            known[one.transaction] = known.get(one.transaction, 0) + one.amount_fen
        else:
            more = one.amount_fen - known.get(one.transaction, 0)
            known[one.transaction] = max(one.amount_fen, known.get(one.transaction, 0))
            one = replace(one, amount_fen=more) if more > 0 else replace(one, state="ignored")
        new.append(one)
    return new


class Unclear(Exception):
    """A person has to look: the words are the kind of the case."""


def parts_of(told: Return, lines: Sequence[LineMoney], *, line_no: int | None = None) -> list[Part]:
    """Say which lines it belongs to; raise Unclear where the payment has less, or several would do.

    The person that the channel names decides, or an officer's word (`line_no`); else the whole of all lines,
    the only line, the only one in suspense with this amount, or the only one with this amount. Of money that
    is reversed whole all goes that is left, though some had gone before: nobody is covered by it.
    """
    meant = lines
    if line_no is not None:
        meant = [line for line in lines if line.line_no == line_no]
    elif told.identity_digest is not None:
        meant = [line for line in lines if line.identity_digest == told.identity_digest]
        if not meant:
            raise Unclear("return_ambiguous")  # somebody who was not paid for
    there = [line for line in meant if line.left_fen > 0]
    left = sum(line.left_fen for line in there)
    amount = left if told.amount_fen is None else told.amount_fen
    if told.kind == "reversal" and amount == sum(line.amount_fen for line in meant):
        amount = left
    if amount == 0 or left < amount:
        raise Unclear("return_exceeds")
    if amount == left:
        return [Part(line, line.left_fen) for line in there]
    if len(there) == 1:
        return [Part(there[0], amount)]
    equal = [line for line in there if line.left_fen == amount]
    for fitting in ([line for line in equal if line.state == "suspended"], equal):
        if len(fitting) == 1:
            return [Part(fitting[0], amount)]
    raise Unclear("return_ambiguous")


def after(part: Part) -> LineMoney:
    """The line after its part went back: refunded when nothing is left."""
    line = part.line
    refunded = line.refunded_fen + part.amount_fen
    return replace(
        line, refunded_fen=refunded, state="refunded" if refunded == line.amount_fen else line.state
    )


class Whose(TypedDict):
    """Where money belongs, and whose it is."""

    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None


def whose(lines: Sequence[LineMoney]) -> Whose:
    """Where a payment belongs, so that its officers see the case; whose it is where it is one person's."""
    first = lines[0] if lines else None
    return {
        "county": first.county if first else None,
        "coverage_year": first.coverage_year if first else None,
        "division_code": first.division_code if first else None,
        "person_id": first.person_id if first and len(lines) == 1 else None,
    }
