"""Says what mandates pay on a day: an order each, or why their people are left out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.held import within
from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Channel
from libs.common.security.caller import Caller
from libs.common.web.idempotency import Once
from libs.common.web.problems import Problem
from services.collection import hot_store
from services.collection.debits import lines_store
from services.collection.debits.lines_store import MandateToDebit
from services.collection.debits.rules import Reason
from services.collection.dues.rules import Due
from services.collection.households.rules import TermsOfNotices
from services.collection.matching.rules import PersonYear
from services.collection.orders.choosing import wishes
from services.collection.orders.composing import OrderedYear, OrderRequest, OrderRules, compose
from services.collection.orders.placing import around
from services.collection.orders.pricing import Around
from services.collection.orders.rules import OrderRows, WantedDue
from services.collection.units.choosing import choose
from services.collection.units.rules import OnList

#: So many mandates are looked at together.
AT_ONCE = 500
#: Above every number of a mandate.
ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bank is to debit whom: everybody of a county and year, at the price of an instant."""

    county: str
    coverage_year: int
    channel: str
    debit_at: datetime
    held_until: datetime
    by: str
    notice: Notice
    notice_channel: str | None

    @property
    def season(self) -> tuple[str, int, str]:
        """County, year and channel."""
        return self.county, self.coverage_year, self.channel


@dataclass(slots=True)
class Found:
    """What some mandates pay: orders, by mandate, and who is left out; `last` is the last mandate of them."""

    orders: dict[int, OrderRows] = field(default_factory=dict)
    left_out: list[tuple[int, int, Reason]] = field(default_factory=list)
    last: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the people of some mandates."""

    dues: Mapping[WantedDue, Due]
    around: Around
    claimed: Collection[int]
    unanswered: Collection[int]


async def look_at(
    conn: AsyncConnection,
    wanted: Wanted,
    terms: TermsOfNotices,
    between: tuple[int, int],
    now: datetime,
) -> Found:
    """What the next mandates pay, in a few statements for all of them; nothing is written."""
    mandates = await lines_store.next_mandates(conn, wanted.season, between, AT_ONCE)
    if not mandates:
        return Found()
    known = await _known(conn, wanted, terms, mandates, now)
    found = Found(last=mandates[-1].mandate_id)
    for one in mandates:
        _choose(one, wanted, known, terms, found)
    return found


async def _known(
    conn: AsyncConnection,
    wanted: Wanted,
    terms: TermsOfNotices,
    mandates: Sequence[MandateToDebit],
    now: datetime,
) -> _Known:
    year = wanted.coverage_year
    people = sorted({person for one in mandates for person in one.person_ids})
    payers = {one.payer_id for one in mandates if one.payer_id is not None}
    driver = await within(conn)
    asked = [WantedDue(one, year, wanted.county) for one in sorted({*people, *payers})]
    dues = await hot_store.dues_of(driver, asked)
    claims = await hot_store.claims(driver, [PersonYear(year, one) for one in people], now)
    return _Known(
        dues,
        await around(driver, list(dues.values()), terms),
        {one.person_id for one in claims},
        await lines_store.unanswered(conn, year, people),
    )


def _choose(
    mandate: MandateToDebit, wanted: Wanted, known: _Known, terms: TermsOfNotices, found: Found
) -> None:
    """What one mandate pays; who is left out keeps nobody else from being debited, unless by the notice."""
    reasons: dict[int, Reason] = {}
    dues: dict[int, Due] = {}
    for person in mandate.person_ids:
        due = known.dues.get(WantedDue(person, wanted.coverage_year, wanted.county))
        if due is not None:
            dues[person] = due
        if person in known.unanswered:
            reasons[person] = "debit_unanswered"
        elif due is not None and not _at_home(mandate, due, wanted, known):
            reasons[person] = "other_household"
    members = [OnList(one, 0) for one in mandate.person_ids if one not in reasons]
    of_notice = terms.of(wanted.county, wanted.coverage_year)
    chosen = choose(members, dues, known.claimed, known.around, of_notice, wanted.debit_at)
    for one in chosen.left_out:
        assert one.reason != "left_list", "a mandate has no list"
        reasons[one.person_id] = one.reason
    rows, refused = _ordered(chosen.people, mandate, wanted, known, terms)
    reasons |= dict.fromkeys(chosen.people, refused) if refused is not None else {}
    if rows is not None:
        found.orders[mandate.mandate_id] = rows
    found.left_out += [(mandate.mandate_id, person, why) for person, why in sorted(reasons.items())]


def _at_home(mandate: MandateToDebit, due: Due, wanted: Wanted, known: _Known) -> bool:
    if mandate.payer_id is None:
        return True
    payer = known.dues.get(WantedDue(mandate.payer_id, wanted.coverage_year, wanted.county))
    return payer is not None and payer.household_id == due.household_id


def _ordered(
    people: tuple[int, ...], mandate: MandateToDebit, wanted: Wanted, known: _Known, terms: TermsOfNotices
) -> tuple[OrderRows | None, Reason | None]:
    """The order of a mandate, or why there is none."""
    if not people:
        return None, None
    county, year = wanted.county, wanted.coverage_year
    way = _way(wanted)
    request = OrderRequest(
        caller=_ANYWHERE,
        this_year=OrderedYear(county, year, people, wishes(wanted.notice, way, people, ())),
        channel=wanted.channel,
        now=wanted.debit_at,
        once=Once(wanted.by, "", b""),
        told_until=wanted.held_until,
    )
    try:
        rows = compose(request, known.dues, known.around, OrderRules(timedelta(), terms))
    except Problem:
        return None, "not_payable"
    if mandate.most_fen is not None and mandate.used_fen + rows.order.amount_fen > mandate.most_fen:
        return None, "above_limit"
    return rows, None


#: Whom a mandate pays for was looked at when it was registered, wherever they live by now.
_ANYWHERE = Caller("", frozenset(), "")


def _way(wanted: Wanted) -> Channel | None:
    channels = wanted.notice.document.channels
    return next((one for one in channels if one.code == wanted.notice_channel), None)
