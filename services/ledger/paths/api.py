"""The way of the money of a notice: what waits at each step, for how long, and whose it is to move it on."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from fastapi import APIRouter

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import Context, Reader, check_books
from services.ledger.paths import rules, store
from services.ledger.paths.rules import Day, Stretch, titles
from services.ledger.paths.schemas import MoneyPath, Step, Waiting
from services.ledger.postings.rules import Season
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/money-path", tags=["money path"])

_OUTSIDE = {rules.PAYER: ("payers", "缴费人"), rules.DEPARTMENTS: ("departments", "有关部门")}


@router.get(
    "",
    summary="The way of the money and what waits at each step",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def get_money_path(
    context: Context, caller: Reader, kept: MayBeOld, county: CountyCode, coverage_year: CoverageYear
) -> MoneyPath:
    """Give each step of the notice with the money that waits for it: how much, since when, and for whom.

    `at_rest` lies where no step of the notice begins, such as in the treasury of a notice that ends there.
    """
    season = Season(county, coverage_year)
    notice, today = check_books(context, caller, season), business_date(context.clock.now())

    async def count() -> list[Day]:
        async with context.engine.connect() as conn:
            return await store.days(conn, season)

    days = await kept.of(count, "money-path", season)
    waiting = [_waiting(notice, list(of), today) for _, of in groupby(days, key=lambda one: one.account)]
    lies = [one for one in waiting if one.balance_fen]
    stretches = rules.stretches(notice)
    return MoneyPath(
        county=county,
        coverage_year=coverage_year,
        as_of=today,
        steps=[_step(notice, one, lies, today) for one in stretches],
        at_rest=[one for one in lies if not any(rules.waits_for(one.account, step) for step in stretches)],
    )


def _waiting(notice: Notice, days: list[Day], today: date) -> Waiting:
    title, title_zh = titles(notice, days[0].account)
    since = rules.oldest(days)
    return Waiting(
        account=days[0].account,
        title=title,
        title_zh=title_zh,
        balance_fen=sum(one.came_fen - one.left_fen for one in days),
        oldest_on=since,
        age_days=_age(since, today),
    )


def _step(notice: Notice, stretch: Stretch, lies: Iterable[Waiting], today: date) -> Step:
    step = stretch.step
    here = [one for one in lies if rules.waits_for(one.account, stretch)]
    since = min((one.oldest_on for one in here if one.oldest_on is not None), default=None)
    department = notice.departments[step.department].label
    (from_label, from_label_zh), (to_label, to_label_zh) = _named(notice, step.from_), _named(notice, step.to)
    return Step(
        clause=step.clause,
        label=step.label.en,
        label_zh=step.label.zh,
        from_account=step.from_,
        from_label=from_label,
        from_label_zh=from_label_zh,
        to_account=step.to,
        to_label=to_label,
        to_label_zh=to_label_zh,
        department=step.department,
        department_label=department.en,
        department_label_zh=department.zh,
        kinds=list(rules.kinds_of(stretch)),
        waiting_fen=sum(one.balance_fen for one in here),
        oldest_on=since,
        age_days=_age(since, today),
        accounts=here,
    )


def _named(notice: Notice, end: str) -> tuple[str, str]:
    account = notice.accounts.get(end)
    return _OUTSIDE[end] if account is None else (account.label.en, account.label.zh)


def _age(since: date | None, today: date) -> int | None:
    return None if since is None else max((today - since).days, 0)
