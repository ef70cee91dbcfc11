"""What help has left: where it rests, what room it leaves, and for what of a merged record it stands in."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from libs.common.policy.format.vocabulary import Mechanism
from services.subsidy.entitlements.facts import Grant, GrantKey, Payment, PersonYear, applied_payment

#: The person pays first and gets the money on the social-security card.
REIMBURSE_TO_CARD: Mechanism = "reimburse_to_card"


def out_by_key(year: PersonYear) -> dict[GrantKey, int]:
    """How much of the help of the enrollment that stands has left."""
    out: Counter[GrantKey] = Counter()
    for grant in _left(year):
        if grant.enrollment_id not in year.merged:
            out[grant.key] += grant.left_fen
    return out


def headroom(year: PersonYear, payment: Payment, named: Collection[GrantKey]) -> tuple[int, int]:
    """What others may still pay to the fund, and what the person may still get back, in fen.

    Locked grants that the facts no longer give have used their part already; those of a merged record are
    counted later.
    """
    stuck_fen = sum(fen for key, fen in out_by_key(year).items() if key not in named)
    return max(payment.price_fen - payment.own_fen, 0), max(payment.borne_fen - stuck_fen, 0)


def move_what_left(year: PersonYear) -> tuple[Grant, ...]:
    """Have all help that has left rest on the payment that counts: a refund of that one takes it off."""
    payment = applied_payment(year)
    if payment is None:
        return ()
    moved = [
        replace(grant, payment_id=payment.payment_id, line_no=payment.line_no)
        for grant in _left(year)
        if (grant.payment_id, grant.line_no) != payment.key
    ]
    for grant in moved:
        year.grants[grant.grant_id] = grant
    return tuple(moved)


def count_what_left(year: PersonYear, wanted: dict[GrantKey, Grant]) -> dict[int, int]:
    """Take off what is wanted what the same payer sent for a merged record; how much that is, by grant.

    What nobody gives any more has used its part of what the person bore, until it is recovered.
    """
    own = out_by_key(year)
    ended = [grant for grant in _left(year) if grant.enrollment_id in year.merged]
    counted: dict[int, int] = {}
    for grant in ended:
        rest = grant.left_fen
        for key, open_fen in _open(wanted, own):
            if key.payer == grant.payer:
                rest -= _take(wanted, key, min(rest, open_fen))
        counted[grant.grant_id] = grant.left_fen - rest
    payment = applied_payment(year)
    if ended and payment is not None:
        has_fen = sum(grant.left_fen for grant in _left(year))
        over = has_fen + sum(fen for _, fen in _open(wanted, own)) - payment.borne_fen
        for key, open_fen in _open(wanted, own):
            over -= _take(wanted, key, max(min(over, open_fen), 0))
    return counted


def count_own(year: PersonYear, wanted: dict[GrantKey, Grant]) -> dict[int, int]:
    """Take off what is wanted what has left for the enrollment that stands; how much that is, by grant.

    The rest goes to the card on top of it, as a grant of its own.
    """
    counted: dict[int, int] = {}
    for grant in _out(year):
        candidate = wanted.get(grant.key)
        if candidate is None or grant.enrollment_id in year.merged:
            continue
        if candidate.mechanism != REIMBURSE_TO_CARD:
            counted[grant.grant_id] = wanted.pop(grant.key).amount_fen
            continue
        counted[grant.grant_id] = _take(wanted, grant.key, min(grant.left_fen, candidate.amount_fen))
        if grant.key in wanted:
            wanted[grant.key] = replace(wanted[grant.key], top_up=max(candidate.top_up, grant.top_up + 1))
    return counted


def _out(year: PersonYear) -> list[Grant]:
    return sorted((one for one in year.grants.values() if one.locked), key=lambda one: one.grant_id)


def _left(year: PersonYear) -> list[Grant]:
    """What has left for insurance here: what was given for another place rests on no payment of ours."""
    return [one for one in _out(year) if not one.elsewhere]


def _open(wanted: dict[GrantKey, Grant], own: dict[GrantKey, int]) -> Iterator[tuple[GrantKey, int]]:
    """What is to go to the card yet."""
    for key, one in sorted(wanted.items()):
        if one.mechanism == REIMBURSE_TO_CARD and one.amount_fen > own.get(key, 0):
            yield key, one.amount_fen - own.get(key, 0)


def _take(wanted: dict[GrantKey, Grant], key: GrantKey, fen: int) -> int:
    """Want so much less."""
    rest = wanted[key].amount_fen - fen
    if rest:
        wanted[key] = replace(wanted[key], amount_fen=rest)
    else:
        del wanted[key]
    return fen
