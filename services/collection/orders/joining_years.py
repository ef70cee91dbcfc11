"""Reads of whom in an order the coverage year before is paid as well, by the notice of that year; pure."""

from libs.common.policy import Notices
from libs.common.security.caller import Caller
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.notices import without_notice
from libs.common.web.problems import FieldError, Problem
from services.collection.orders.choosing import wishes
from services.collection.orders.composing import OrderedYear
from services.collection.orders.problems import EARLIER_NOTICE_MISSING
from services.collection.orders.schemas import NewOrder
from services.collection.payers.rules import channel_at, clause_of_area, fund_of

_MEMBER = "/earlier_year"
_OTHER_FUND = FieldError(
    f"#{_MEMBER}",
    "By the notice of that year this channel is paid out of another fund: order that year by itself.",
    "按该年度通知，此渠道的款项由其他基金支付：请为该年度单独下单。",
)


def earlier_year(
    notices: Notices, caller: Caller, asked: NewOrder, fund: str | None
) -> tuple[OrderedYear | None, Problem | None]:
    """The earlier year of an order, or the problem of one whose notice nobody has.

    `fund` owes the money of this year. Raises Problem 422 for who is not in the order, a choice that the
    notice of that year does not have, and a channel that it does not know, or pays out of another fund.
    """
    wanted = asked.earlier_year
    if wanted is None:
        return None, None
    year, people = asked.coverage_year - 1, tuple(dict.fromkeys(wanted.person_ids))
    if faults := [_stranger(at) for at, one in enumerate(people) if one not in asked.person_ids]:
        raise INVALID_REQUEST.problem(errors=faults)
    notice = notices.get((asked.county, year))
    if notice is None:
        missing = EARLIER_NOTICE_MISSING.problem(
            f"There is no notice of {asked.county} for {year}: nobody can say what that year costs.",
            f"没有 {asked.county} {year} 年度的通知，无法核定该年度费用。",
        )
        return None, without_notice(missing, notices, asked.county, year)
    way = channel_at(notice, caller, asked.notice_channel)
    if fund_of(way) != fund:
        raise INVALID_REQUEST.problem(errors=[_OTHER_FUND])
    try:
        chosen = wishes(notice, way, people, wanted.choices)
    except Problem as problem:
        raise problem.within(_MEMBER) from None
    area = clause_of_area(notice, way)
    return OrderedYear(asked.county, year, people, chosen, _MEMBER, area), None


def _stranger(position: int) -> FieldError:
    return FieldError(
        f"#{_MEMBER}/person_ids/{position}",
        "Is not in person_ids: add the person there, or order that year by itself.",
        "不在 person_ids 中：请补上此人，或为该年度单独下单。",
    )
