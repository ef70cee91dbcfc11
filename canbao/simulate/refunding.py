"""Money that the model has go back to cards: asked for by one person or by itself, decided by another."""

from collections.abc import Iterator, Sequence

from canbao.simulate.granting import borne
from canbao.simulate.life import RefundAsked, RefundDecided
from canbao.simulate.outcomes import Line
from canbao.simulate.people import Payout, Person, Refund
from canbao.simulate.purses import give_up, out_fen

_CLAIMS = ("requested", "approved", "paid")


def asked(person: Person, step: RefundAsked) -> None:
    """Somebody asks for a part or all of a payment; no more than there is, and not while another waits."""
    line = _line(person, step.transaction)
    if person.registered is None or line is None or _waiting(person, line) is not None:
        return
    if line.reason == "unknown_person":
        return
    whole = _whole_fen(person, line)
    if whole <= 0:
        return
    if step.amount_fen is None or step.amount_fen == whole:
        person.refunds.append(Refund(line, whole, line.state == "applied"))
    elif step.amount_fen <= (_part_fen(person, line) if line.state == "applied" else whole):
        person.refunds.append(Refund(line, step.amount_fen, False))


def decided(person: Person, step: RefundDecided) -> None:
    """Another person decides the case of a payment that waits; it has to be right as it is now."""
    line = _line(person, step.transaction)
    refund = None if line is None else _waiting(person, line)
    if line is None or refund is None:
        return
    if not step.approves:
        refund.state = "rejected"
        return
    applied, whole = line.state == "applied", _whole_fen(person, line, refund)
    if (refund.whole and applied) or refund.fen == whole:
        if whole <= 0 or refund.fen != whole:
            return
        refund.whole = applied
    elif refund.fen > (_part_fen(person, line, refund) if applied else whole):
        return
    refund.state, refund.payout = "approved", Payout(refund.fen)
    if refund.whole:
        # What is on the card was taken off; the fund returns it to who bore it.
        line.netted_fen = _out_fen(person)
        for payout in (*person.payouts.values(), *(one for _, one in person.left)):
            give_up(person, payout)
        line.withdrawn, person.payouts, person.left = True, {}, []


def settled(person: Person) -> list[Line]:
    """Take in what reached the card; gives the lines whose contribution ended by it."""
    ended: list[Line] = []
    for refund in person.refunds:
        if refund.state == "approved" and refund.payout is not None and refund.payout.state == "paid":
            refund.state, line = "paid", refund.line
            # What a channel gave back, too, is a case, and leaves no less than nothing.
            line.refunded_fen = min(line.refunded_fen + refund.fen, line.amount_fen)
            if refund.whole:
                ended.append(line)
            elif line.state == "suspended" and not line.left_fen:
                line.state = "refunded"
    return ended


def by_itself(person: Person) -> None:
    """Cases about money that waited close when it counts."""
    for line in person.lines:
        if line.state == "applied":
            _close([one for one in person.refunds if one.line is line and not one.of_applied])


def cover_ended(person: Person) -> None:
    """An officer ended the cover: what was paid for it goes back. (Cases about what waits are left out.)"""
    line = person.counts
    if line is not None and _waiting(person, line) is None and (whole := _whole_fen(person, line)) > 0:
        person.refunds.append(Refund(line, whole, whole=True, by_itself=True))


def cover_returned(person: Person) -> None:
    """The cover stands again, and so does its money, unless it has left, or the fund returned its help."""
    line = person.counts
    if line is not None:
        some = [one for one in person.refunds if one.line is line and one.by_itself]
        _close([one for one in some if one.state == "requested" or not line.netted_fen])


def went_back(person: Person, line: Line, fen: int) -> None:
    """A channel gave money back by itself: the newest cases for which none is left fall."""
    line.refunded_fen += fen
    line.outside_fen += fen
    over = _claimed_fen(person, line) + line.outside_fen - line.amount_fen
    over += _out_fen(person) if line.state == "applied" else 0
    some = [one for one in person.refunds if one.line is line and one.state in _CLAIMS]
    for refund in reversed(some):
        if over <= 0:
            break
        over -= refund.fen
        if not _close([refund]):
            person.bank_cases.append("paid_twice")


def lost(people: Sequence[tuple[int, Person]], transaction: int) -> Iterator[tuple[Person, Line]]:
    """All of a payment is gone, for whomever it was; gives the lines of which something had been left."""
    for _, person in people:
        for line in person.lines:
            if line.transaction == transaction and line.left_fen:
                went_back(person, line, line.left_fen)
                yield person, line


def _close(refunds: Sequence[Refund]) -> bool:
    """Close what has not left; whether that was all."""
    closed = True
    for one in refunds:
        if one.state == "requested" or (one.state == "approved" and one.payout and not one.payout.out):
            one.state, one.payout = "closed", None
            one.line.withdrawn = False
        elif one.state in _CLAIMS:
            closed = False
    return closed


def _line(person: Person, transaction: int) -> Line | None:
    return next((line for line in person.lines if line.transaction == transaction), None)


def _waiting(person: Person, line: Line) -> Refund | None:
    return next((one for one in person.refunds if one.line is line and one.state == "requested"), None)


def _claimed_fen(person: Person, line: Line, without: Refund | None = None) -> int:
    return sum(
        one.fen for one in person.refunds if one.line is line and one is not without and one.state in _CLAIMS
    )


def _rest_fen(person: Person, line: Line, without: Refund | None) -> int:
    return line.amount_fen - line.outside_fen - _claimed_fen(person, line, without)


def _out_fen(person: Person) -> int:
    some = [*person.payouts.values(), *(one for _, one in person.left)]
    return sum(payout.fen for payout in some if payout.out)


def _whole_fen(person: Person, line: Line, without: Refund | None = None) -> int:
    """What is left to give back when all goes: what is on the card already was given back."""
    out = _out_fen(person) + line.netted_fen if line.state == "applied" else 0
    return _rest_fen(person, line, without) - out


def _part_fen(person: Person, line: Line, without: Refund | None = None) -> int:
    """What can go back while the contribution and its help stand."""
    out = out_fen(person)
    to_card = _out_fen(person) + sum(
        max(one.fen - out.get((one.payer, one.late), 0), 0)
        for one in borne(person)
        if one.mechanism == "reimburse_to_card"
    )
    return _rest_fen(person, line, without) - to_card
