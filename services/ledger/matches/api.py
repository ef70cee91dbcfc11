"""HTTP of the fiscal match: how it stands, who bears it, matching anew."""

import json
from collections.abc import Mapping
from typing import Literal, cast

from fastapi import APIRouter, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.security.access import check_division
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.ledger.access import Closer, Context, Reader, check_books, notice_of
from services.ledger.accounts import store as accounts_store
from services.ledger.accounts.rules import match as match_account
from services.ledger.accounts.rules import match_due
from services.ledger.facts.store import lock_books
from services.ledger.matches import entering, matching, store
from services.ledger.matches.problems import (
    MATCH_BLOCKED,
    MATCH_NOT_ASKED,
    MATCH_TERMS_REFUSED,
)
from services.ledger.matches.rules import LEVELS, Level
from services.ledger.matches.schemas import (
    LevelState,
    Match,
    MatchDocument,
    MatchPage,
    MatchRequest,
    MatchState,
    MatchSummary,
    NewTerms,
    Terms,
    TermsAsked,
)
from services.ledger.matches.store import MatchRow, TermsRow
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/fiscal-match", tags=["fiscal match"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.get(
    "",
    summary="How the fiscal match stands",
    responses=problems(COUNTY_UNKNOWN, MATCH_NOT_ASKED),
    openapi_extra=COUNTY,
)
async def get_fiscal_match(
    context: Context, caller: Reader, county: CountyCode, coverage_year: CoverageYear
) -> MatchState:
    """Give who bears how much by the matches up to now, what has come, and why nothing more is matched."""
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    amount = entering.amount_of(notice)
    assert notice.fiscal_match is not None, "the amount was found by it"
    async with context.engine.connect() as conn:
        terms = await store.terms(conn, season)
        balances = await accounts_store.balances(conn, season)
    why = matching.blocked(notice, terms)
    return MatchState(
        county=county,
        coverage_year=coverage_year,
        clause=notice.fiscal_match.clause,
        stated_fen=amount.value,
        blocked=cast("Literal['terms_unknown', 'price_unknown'] | None", why),
        terms=None if terms is None else _terms(terms),
        levels=[_level(level, balances) for level in LEVELS if match_due(level) in balances],
    )


@router.post(
    "/terms",
    summary="Enter the match per head and who bears it",
    status_code=202,
    response_model=TermsAsked,
    responses=problems(
        COUNTY_UNKNOWN, MATCH_NOT_ASKED, MATCH_TERMS_REFUSED.problem(errors=[]), APPROVAL_WAITING, *_KEYS
    ),
    openapi_extra=COUNTY,
)
async def enter_match_terms(context: Context, caller: Closer, key: Key, request: NewTerms) -> Response:
    """Ask that these terms count: they do from the next match on, when a second person has agreed.

    Statuses in `classes` are those of granted help; the level named bears their match whole.
    """
    notice = check_books(context, caller, Season(request.county, request.coverage_year))
    entering.check(notice, request)
    once, now = idempotency.once(caller, key, request), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        asked = await entering.ask(conn, notice, request, caller, now)
        return await idempotency.answer(conn, once, TermsAsked(approval_id=asked.approval_id), 202)


@router.post(
    "/matches",
    summary="Match the newest handover of finance anew",
    status_code=201,
    response_model=MatchSummary,
    responses=problems(
        COUNTY_UNKNOWN, MATCH_NOT_ASKED, MATCH_BLOCKED.problem(why="terms_unknown"), CLOSING_BUSY, *_KEYS
    ),
    openapi_extra=COUNTY,
)
async def match_anew(context: Context, caller: Closer, key: Key, request: MatchRequest) -> Response:
    """Compute the match of the newest sealed handover of finance by the terms of today.

    Each closing does it by itself; this is for terms that were agreed on after it. The difference is posted
    today and stands in the next handover. Without new terms the match that is there is given.
    """
    season = Season(request.county, request.coverage_year)
    notice = check_books(context, caller, season)
    entering.amount_of(notice)
    once, now = idempotency.once(caller, key, request), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        await lock_books(conn, season)
        row = await matching.match_anew(conn, notice, season, caller.subject, now)
        if row is None:
            why = matching.blocked(notice, await store.terms(conn, season)) or "nothing_sealed"
            raise MATCH_BLOCKED.problem(why=why)
        return await idempotency.answer(conn, once, _summary(row), 201)


@router.get("/matches", summary="List matches", responses=problems(COUNTY_UNKNOWN), openapi_extra=COUNTY)
async def list_matches(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> MatchPage:
    """List what was matched at which deadline, and matched anew."""
    season = Season(county, coverage_year)
    check_books(context, caller, season)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, season, number_after(after), limit)
    more = str(rows[-1].id) if len(rows) == limit else None
    return MatchPage(items=[_summary(row) for row in rows], next_after=more)


@router.get(
    "/matches/{match_id}",
    summary="A match, line by line",
    responses=problems(NOT_FOUND),
    openapi_extra=COUNTY,
)
async def get_match(context: Context, caller: Reader, match_id: Id) -> Match:
    """Give a match as it was computed, and whether it is the same when computed again."""
    async with context.engine.begin() as conn:
        row = await store.one(conn, match_id)
        if row is None:
            raise NOT_FOUND.problem()
        check_division(caller, notice_of(context, row.season).division)
        again = await matching.recomputed(conn, row)
    return Match(
        **_summary(row).model_dump(),
        identical=again == row.document,
        document=MatchDocument.model_validate_json(row.document),
    )


def _level(level: Level, balances: Mapping[str, int]) -> LevelState:
    owed_fen, missing_fen = -balances.get(match_account(level), 0), balances.get(match_due(level), 0)
    return LevelState(
        level=level, owed_fen=owed_fen, arrived_fen=owed_fen - missing_fen, missing_fen=missing_fen
    )


def _terms(row: TermsRow) -> Terms:
    return Terms.model_validate(row.terms.as_dict())


def _summary(row: MatchRow) -> MatchSummary:
    document = json.loads(row.document)
    return MatchSummary(
        match_id=row.id,
        heads=document["heads"],
        amount_fen=document["amount_fen"],
        change_fen=sum(level["change_fen"] for level in document["levels"]),
        **{name: getattr(row, name) for name in ("deadline_id", "sha256", "made_by", "made_at")},
    )
