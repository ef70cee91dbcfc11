"""Composes an order with its answer from what is known, or says who stands in its way; pure."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.common.clock import SHANGHAI
from libs.common.security.caller import Caller
from libs.common.web.idempotency import Once
from libs.common.web.problems import Problem
from services.collection.dues.rules import Due
from services.collection.households.rules import TermsOfNotices
from services.collection.matching.rules import PersonYear
from services.collection.orders.choosing import Wishes
from services.collection.orders.pricing import (
    Around,
    check_earlier_year,
    check_household,
    check_waiting,
    priced,
)
from services.collection.orders.rules import (
    NewItemRow,
    NewKeyRow,
    NewOrderRow,
    OrderedItem,
    OrderRows,
    WantedDue,
    expires_at,
    order_no,
)
from services.collection.orders.schemas import LeftOutShown, Order, OrderItem, UnitOrder
from services.collection.payers.rules import outside
from services.collection.problems import OUTSIDE_AREA


@dataclass(frozen=True, slots=True)
class OrderedYear:
    """For whom one coverage year is ordered; `member` is where in the request, if not at its top."""

    county: str
    coverage_year: int
    people: tuple[int, ...]
    wishes: Wishes = field(default_factory=Wishes)
    member: str = ""
    #: Where its notice says that agents keep to their area.
    clause: str | None = None

    @property
    def dues(self) -> list[WantedDue]:
        """Whose dues it takes, in the order of the request."""
        return [WantedDue(one, self.coverage_year, self.county) for one in self.people]

    @property
    def person_years(self) -> list[PersonYear]:
        """Whom it claims, in the order of the request."""
        return [PersonYear(self.coverage_year, one) for one in self.people]


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Who wants to order what for whom; `once` tells a repetition."""

    caller: Caller
    this_year: OrderedYear
    channel: str
    now: datetime
    once: Once
    #: Of whom in it the year before is paid as well.
    earlier_year: OrderedYear | None = None
    #: Also for those of whom money waits.
    despite_waiting: bool = False
    #: What the audit keeps of it.
    lookups: Sequence[Mapping[str, object]] = ()
    #: Of a unit that pays for its people: who it is, and whom of its list it cannot pay for.
    payer_digest: str | None = None
    left_out: Sequence[LeftOutShown] | None = None
    #: The employees' fund that owes the money, where personal accounts pay.
    employee_fund: str | None = None
    #: How long it stands, where not as all others.
    lasts: timedelta | None = None
    #: Until when it stands although its prices may end before: what is paid until then may be told of later.
    told_until: datetime | None = None
    #: Why nothing of it may be ordered, unless it was ordered before.
    refusal: Problem | None = None

    @property
    def years(self) -> list[OrderedYear]:
        """The years that are ordered: this one, and the one before."""
        return [self.this_year, *([self.earlier_year] if self.earlier_year is not None else [])]


@dataclass(frozen=True, slots=True)
class OrderRules:
    """How long an order stands, and what notices ask of households."""

    lasts: timedelta
    terms: TermsOfNotices


def compose(one: OrderRequest, dues: Mapping[WantedDue, Due], known: Around, rules: OrderRules) -> OrderRows:
    """Compose the order with its answer; raise Problem naming those who stand in its way."""
    if one.refusal is not None:
        raise one.refusal
    items = [item for year in one.years for item in _items(one, year, dues, known, rules.terms)]
    row = NewOrderRow(
        order_no=order_no(one.now.astimezone(SHANGHAI), secrets.randbelow(10**14)),
        county=one.this_year.county,
        coverage_year=one.this_year.coverage_year,
        channel=one.channel,
        amount_fen=sum(item.amount_fen for item in items),
        item_count=len(items),
        created_by=one.once.caller,
        created_at=one.now,
        expires_at=one.told_until or expires_at(items, one.now, one.lasts or rules.lasts),
        payer_digest=one.payer_digest,
        employee_fund=one.employee_fund,
    )
    rows = [_item(row.order_no, number, item) for number, item in enumerate(items, start=1)]
    key = NewKeyRow(
        caller=one.once.caller,
        key=one.once.key,
        fingerprint=one.once.fingerprint,
        status=201,
        answer=_answer(row, rows, one.left_out),
        created_at=one.now,
    )
    return OrderRows(row, rows, key, one.lookups)


def _items(
    one: OrderRequest,
    year: OrderedYear,
    dues: Mapping[WantedDue, Due],
    known: Around,
    terms_of: TermsOfNotices,
) -> list[OrderedItem]:
    """Price everybody of one year; raise Problem whose pointers lead into its part of the request."""
    terms = terms_of.of(year.county, year.coverage_year)
    wanted = [dues.get(due) for due in year.dues]
    try:
        _check_area(one.caller, wanted, year.clause)
        items = priced(year.people, wanted, year.wishes, terms.add_ons, known, one.now)
        if not one.despite_waiting:
            check_waiting(items, known)
        check_household(year.people, items, known, terms, one.now)
        if year is one.this_year:
            with_it = one.earlier_year.people if one.earlier_year is not None else ()
            check_earlier_year(items, with_it, known, terms, one.now)
    except Problem as problem:
        raise problem.within(year.member) from None
    return items


def _check_area(caller: Caller, dues: Sequence[Due | None], clause: str | None) -> None:
    """Raise Problem 403 naming those who are enrolled outside of the token's division."""
    faults = [
        outside(position, clause)
        for position, due in enumerate(dues)
        if due is not None and not caller.sees(due.division_code)
    ]
    if faults:
        raise OUTSIDE_AREA.problem(errors=faults)


def _item(number_of_order: str, number: int, item: OrderedItem) -> NewItemRow:
    return NewItemRow(
        order_no=number_of_order,
        item_no=number,
        county=item.due.county,
        division_code=item.due.division_code,
        coverage_year=item.due.coverage_year,
        person_id=item.due.person_id,
        enrollment_id=item.due.enrollment_id,
        assessment_id=item.due.assessment_id,
        masked_name=item.due.masked_name,
        window=item.segment.window or "",
        price_fen=item.segment.price_fen or 0,
        own_fen=item.segment.own_due_fen or 0,
        add_on_fen=item.segment.add_on_due_fen,
        tier=item.due.tier,
        chosen_add_on_fen=item.choice.add_on_fen,
        repaired_years=list(item.repaired_years),
        repair_fen=item.repair_fen,
    )


def _answer(row: NewOrderRow, items: Sequence[NewItemRow], left_out: Sequence[LeftOutShown] | None) -> str:
    """The order as it is answered now, and whenever the request is repeated."""
    order = Order(
        order_no=row.order_no,
        state="pending",
        county=row.county,
        coverage_year=row.coverage_year,
        channel=row.channel,
        amount_fen=row.amount_fen,
        created_at=row.created_at,
        expires_at=row.expires_at,
        employee_fund=row.employee_fund,
        items=[OrderItem.model_validate(item) for item in items],
    )
    if left_out is None:
        return order.model_dump_json()
    return UnitOrder(**dict(order), left_out=list(left_out)).model_dump_json()
