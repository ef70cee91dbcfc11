"""How the model makes two records one person: one enrollment stands, with the money and statuses of both."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from canbao.simulate.books import Books
from canbao.simulate.life import DIED
from canbao.simulate.people import Person


def merge(right: Person, other: Person, at: datetime) -> Person:
    """Two records that are one person; `right` says who it is. Give the one that stands.

    A complete enrollment stands, of two the one that was completed first, else the older one. What was said
    of the other record is news of it, and of two payments the one that counts for the other waits.
    """
    stands, ends = sorted((right, other), key=_precedence)
    assert stands.registered is not None and ends.registered is not None and right.registered is not None
    for line in ends.lines:
        doubled = line.state == "suspended" and line.reason == "already_paid" and stands.state == "exempt"
        if line.state == "applied" or doubled:
            line.state, line.reason = "suspended", "not_payable" if stands.counts is None else "already_paid"
    stands.lines += ends.lines
    if ends.insured is not None and _registered_at(ends) < _registered_at(stands):
        stands.on_file = ends.insured.at
    for one in ends.events_by(at):
        stands.hears(one if one.kind == DIED else replace(one, at=at))
    stands.cards += ends.cards
    stands.refunds += ends.refunds
    stands.bank_cases += ends.bank_cases
    stands.left += [*ends.left, *((key, one) for key, one in ends.payouts.items() if one.out)]
    stands.payouts = {key: one for key, one in ends.payouts.items() if not one.out} | stands.payouts
    stands.refused = ends.refused | stands.refused
    stands.said += ends.said
    stands.papers |= {paper: max(since, at) for paper, since in ends.papers.items()}
    stands.misnamed, stands.renamed_at, stands.home = right.misnamed, right.renamed_at, right.home
    stands.registered = replace(stands.registered, facts=right.registered.facts)
    return stands


def enter(books: Books, before: Mapping[int, Person], stands: Person, at: datetime) -> None:
    """Tell the books of two records that are one person: the one that was registered first goes on."""
    (ended,) = (number for number, one in before.items() if one is not stands)
    goes_on, ends = sorted(before, key=lambda number: _registered_at(before[number]))
    books.merge(goes_on, ends, ended, at)


def _registered_at(one: Person) -> datetime:
    assert one.registered is not None
    return one.registered.at


def _precedence(one: Person) -> tuple[object, ...]:
    complete = one.state in ("paid", "exempt")
    instant = one.completed_at.timestamp() if complete and one.completed_at is not None else 0.0
    order = {"withdrawn": 0, "cancelled": 2}.get(one.state, 1)
    return (not complete, instant, order, _registered_at(one))
