"""HTTP of openings: open a season, see how far that is and whom it left out."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_name
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY, SHARED
from libs.common.web.schemas import CountyCode, CoverageYear, Limit, NumberAfter, number_after
from services.registration.access import Bureau, Context, DivisionQuery, Reader, check_place, range_of
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.people.viewing import UNMASKED
from services.registration.seasons import left_out_store, store
from services.registration.seasons.left_out_store import ShownLeftOut
from services.registration.seasons.problems import SEASON_NOT_OPENED
from services.registration.seasons.rules import words_of
from services.registration.seasons.schemas import LeftOutPage, LeftOutPerson, NewOpening, OpeningOut
from services.registration.seasons.store import Opening

router = APIRouter(prefix="/v1", tags=["seasons"])


@router.post(
    "/season-openings",
    status_code=202,
    response_model=OpeningOut,
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    openapi_extra=COUNTY,
)
async def open_season(body: NewOpening, context: Context, caller: Bureau, key: Key) -> Response:
    """Open a season: everybody insured the year before who is in the scope of its notice is enrolled.

    It goes on by itself, and after a crash where it stopped. Again it enrolls whoever was insured since, and
    nobody twice. Households stay; tiers, add-ons and statuses are those of the new year.
    """
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_division(caller, notice.division)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        opening = await store.start(conn, body.county, body.coverage_year, caller.subject, now)
        return await answer(conn, request, await _out(conn, opening), 202)


@router.get(
    "/season-openings/{county}/{coverage_year}",
    responses=problems(NOTICE_NOT_FOUND, SEASON_NOT_OPENED, OUTSIDE_DIVISION),
    openapi_extra=SHARED,
)
async def get_opening(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: Reader
) -> OpeningOut:
    """See how far the opening of a season is, and how many of its enrollments wait to be assessed."""
    check_place(caller, notice_of(context.notices, county, coverage_year))
    async with context.engine.connect() as conn:
        return await _out(conn, await _opening(conn, county, coverage_year))


@router.get(
    "/season-openings/{county}/{coverage_year}/left-out",
    responses=problems(NOTICE_NOT_FOUND, SEASON_NOT_OPENED, OUTSIDE_DIVISION),
)
async def list_left_out(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: Reader,
    division_code: DivisionQuery = "",
    after: NumberAfter = None,
    limit: Limit = 100,
) -> LeftOutPage:
    """List who was enrolled the year before and is not for this one, and why. The look is audited.

    Whoever was enrolled since, by whomever, is on it no more.
    """
    notice = notice_of(context.notices, county, coverage_year)
    division = range_of(caller, division_code)
    async with context.engine.begin() as conn:
        opening = await _opening(conn, county, coverage_year)
        found = await left_out_store.left_out(conn, opening.id, division, number_after(after), limit)
        seen, now = [one.person_id for one in found], context.clock.now()
        about = f"season {county}/{coverage_year}"
        await record_lookup(conn, caller, operation="list_left_out", at=now, person_ids=seen, purpose=about)
    return LeftOutPage(
        items=[_person(notice, one, caller) for one in found],
        next_after=str(found[-1].person_id) if len(found) == limit else None,
    )


async def _opening(conn: AsyncConnection, county: str, coverage_year: int) -> Opening:
    opening = await store.one(conn, county, coverage_year)
    if opening is None:
        raise SEASON_NOT_OPENED.problem()
    return opening


async def _out(conn: AsyncConnection, opening: Opening) -> OpeningOut:
    waiting = await store.count_waiting(conn, opening.county, opening.coverage_year)
    shown = {name: getattr(opening, name) for name in OpeningOut.model_fields if name != "waiting"}
    return OpeningOut.model_validate(shown | {"waiting": waiting})


def _person(notice: Notice, one: ShownLeftOut, caller: Caller) -> LeftOutPerson:
    """Somebody left out, with the words of the notice's rule where it still has that."""
    rules = {rule.id: rule for rule, _ in notice.exclude}
    rule = rules.get(one.rule or "")
    zh, en = (rule.label.zh, rule.label.en) if rule is not None else words_of(one.reason)
    return LeftOutPerson(
        person_id=one.person_id,
        name=one.name if caller.may(UNMASKED) else mask_name(one.name),
        division_code=one.division_code,
        reason=one.reason,
        because=en,
        because_zh=zh,
        clause=rule.clause if rule is not None else None,
    )
