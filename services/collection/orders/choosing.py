"""Reads what a payer chooses in an order: tiers, and add-ons that the notice sells through this channel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Channel
from libs.common.policy.format.people_rules import AddOn
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError
from services.collection.dues.rules import AS_REGISTERED, Choice
from services.collection.orders.schemas import ChoiceOf


@dataclass(frozen=True, slots=True)
class Wish:
    """What is chosen for one person, and the codes of the add-ons in it."""

    choice: Choice = AS_REGISTERED
    add_ons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is chosen, by person, and for all others."""

    of_people: Mapping[int, Wish] = field(default_factory=dict)
    others: Wish = Wish()

    def of(self, person_id: int) -> Wish:
        """What is chosen for a person."""
        return self.of_people.get(person_id, self.others)


def is_sold(add_on: AddOn, channel: Channel | None) -> bool:
    """Whether an add-on can be bought there: the notice may name its channels (Youxi 2020, 六(三))."""
    return channel is None or not add_on.channels or channel.code in add_on.channels


def wishes(
    notice: Notice | None, channel: Channel | None, people: Sequence[int], asked: Sequence[ChoiceOf]
) -> Wishes:
    """Read the choices of a request. Raises Problem 422 naming what cannot be chosen, and what can.

    Where no add-on is sold through the channel, those that were registered are left out: they stay open.
    """
    every = notice.document.add_ons if notice is not None else ()
    offered = {one.code: one for one in every if not one.inside_price}
    faults = [fault for place, one in enumerate(asked) for fault in _faults(offered, channel, place, one)]
    faults += _misplaced(people, asked)
    faults += _not_repaired(notice, asked)
    if faults:
        raise INVALID_REQUEST.problem(errors=faults)
    sold = [one for one in offered.values() if is_sold(one, channel)]
    default = 0 if offered and not sold else None
    chosen = {one.person_id: _wish(offered, one, default) for one in asked}
    return Wishes(chosen, Wish(Choice(None, default)))


def _wish(offered: Mapping[str, AddOn], one: ChoiceOf, default: int | None) -> Wish:
    years = one.repair_years or 0
    if one.add_ons is None:
        return Wish(Choice(one.tier, default, years))
    codes = frozenset(one.add_ons)
    return Wish(Choice(one.tier, sum(int(offered[code].price) for code in codes), years), codes)


def _not_repaired(notice: Notice | None, asked: Sequence[ChoiceOf]) -> Iterator[FieldError]:
    """Repair where the notice knows none."""
    if notice is not None and notice.waiting_rules is not None and notice.waiting_rules.repair is not None:
        return
    for place, one in enumerate(asked):
        if one.repair_years:
            yield FieldError(
                f"#/choices/{place}/repair_years",
                "The notice has no repair of lapsed years: leave it out.",
                "通知没有断保年度补缴的规定：请去掉。",
            )


def _misplaced(people: Sequence[int], asked: Sequence[ChoiceOf]) -> Iterator[FieldError]:
    """Choices for somebody who is not in the order, or for whom there is one already."""
    before: set[int] = set()
    for place, one in enumerate(asked):
        pointer = f"#/choices/{place}/person_id"
        if one.person_id not in people:
            yield FieldError(pointer, "Is not in person_ids: add the person, or leave this choice out.",
                             "不在 person_ids 中：请补上此人，或去掉此项选择。")  # fmt: skip
        elif one.person_id in before:
            yield FieldError(pointer, "Has a choice already: send one for each person.",
                             "此人已有一项选择：每人只报一项。")  # fmt: skip
        before.add(one.person_id)


def _faults(
    offered: Mapping[str, AddOn], channel: Channel | None, place: int, one: ChoiceOf
) -> Iterator[FieldError]:
    for number, code in enumerate(one.add_ons or ()):
        pointer = f"#/choices/{place}/add_ons/{number}"
        add_on = offered.get(code)
        if add_on is None:
            known = sorted(offered)
            yield FieldError(
                pointer,
                f"The notice offers {', '.join(known)}." if known else "The notice offers no add-ons.",
                f"通知所列附加险：{'、'.join(known)}。" if known else "通知没有附加险。",
            )
        elif not is_sold(add_on, channel):
            yield FieldError(
                pointer,
                f"Is sold through {', '.join(add_on.channels)} only ({add_on.clause}); leave it out here.",
                f"按通知{add_on.clause}，只通过 {'、'.join(add_on.channels)} 办理；请在此订单中去掉。",
            )
