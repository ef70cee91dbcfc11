"""HTTP for registering households in batches."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from fastapi import APIRouter, Request, Response

from libs.common.bus import outbox
from libs.common.clock import business_date
from libs.common.policy import Notices
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import UNSUPPORTED_MEDIA_TYPE
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from libs.common.web.schemas import Answer
from services.registration import examples
from services.registration.access import NDJSON, Context, RejectedRow, Writer, read_rows, rejected_rows
from services.registration.examples import shown
from services.registration.households.completing import Told, told_of
from services.registration.households.examples import HOUSEHOLD, HOUSEHOLD_SCHEMA
from services.registration.households.rules import read_household, read_household_no
from services.registration.households.schemas import Incomplete, WrongPlace
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.people.rules import Fault
from services.registration.registering import problems as reasons
from services.registration.registering.admission import Admission, county_of
from services.registration.registering.isolating import register_each
from services.registration.registering.plan import Rejected, Row
from services.registration.registering.recording import record_refused, written

router = APIRouter(prefix="/v1", tags=["households"])

MAX_HOUSEHOLDS = 5_000


class BatchAnswer(Answer):
    """What became of a batch. `accepted` are household rows."""

    model_config = shown(examples.BATCH | {"incomplete": [], "wrong_place": []})

    accepted: int
    rejected: list[RejectedRow]
    incomplete: list[Incomplete]
    wrong_place: list[WrongPlace]


@router.post(
    "/households:batch",
    response_model=BatchAnswer,
    responses=problems(
        UNSUPPORTED_MEDIA_TYPE, reasons.DUPLICATE_IN_INPUT, reasons.IN_OTHER_HOUSEHOLD, LIVES_ELSEWHERE
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "array", "items": HOUSEHOLD_SCHEMA, "maxItems": MAX_HOUSEHOLDS},
                    "example": [HOUSEHOLD],
                },
                NDJSON: {"schema": HOUSEHOLD_SCHEMA, "example": HOUSEHOLD},
            },
        }
    },
)
async def register_households(request: Request, context: Context, caller: Writer, key: Key) -> Response:
    """Register up to 5,000 households with their members, and enroll them where `enroll` says so.

    A row is registered whole or rejected whole; the others go on. Sending a row again updates it: facts that
    it does not state stay as they are, and who is enrolled already stays enrolled. `incomplete` names the
    households of which the notice wants more to join, `wrong_place` those in the register of another village.
    """
    given = await read_rows(request, MAX_HOUSEHOLDS)
    now = context.clock.now()
    today = business_date(now)
    rows, rejected = await asyncio.to_thread(_read, given, today, context.notices)
    admission = Admission(context.notices, caller.division, now)
    wanted = once(caller, key, await request.body())
    people: list[int] = []
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        for county, part in _by_county(rows):
            plan = await register_each(conn, context.digests, county, part, admission, now, whole_units=True)
            rejected += plan.rejected
            people += written(plan)
        about, done = f"{len(given)} households", "register_households"
        await record_lookup(conn, caller, operation=done, at=now, person_ids=people, purpose=about)
        await record_refused(conn, context.digests, caller, done, rows, now)
        refused = {row.unit for row in rejected}
        kept = [row for row in rows if row.unit not in refused]
        told = await told_of(conn, context.notices, kept, now)
        sent = await answer(conn, wanted, _answer(given, rejected, told), 200)
    outbox.poke(context.engine)
    return sent


def _read(given: Sequence[object], today: date, notices: Notices) -> tuple[list[Row], list[Rejected]]:
    """The households that can be read, and those that cannot."""
    rows: list[Row] = []
    rejected: list[Rejected] = []
    for index, row in enumerate(given):
        read = read_household(row, index, today, lambda code: county_of(notices, code))
        if isinstance(read, Rejected):
            rejected.append(read)
        else:
            rows += read
    return rows, rejected


def _by_county(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows per county, in one order everywhere: transactions take their turns alike."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.county, []).append(row)
    return sorted(found.items())


def _answer(given: Sequence[object], rejected: Sequence[Rejected], told: Told) -> BatchAnswer:
    """One reason per household: the member that was found wrong rather than those that fell with it."""
    chosen: dict[int, Problem] = {}
    for row in rejected:
        known = chosen.get(row.unit)
        if known is None or known.type is reasons.UNIT_REJECTED:
            chosen[row.unit] = row.problem
    out = rejected_rows(chosen.items())
    for one in out:
        one.problem |= _named(given[one.index])
    return BatchAnswer(
        accepted=len(given) - len(chosen),
        rejected=out,
        incomplete=told.incomplete,
        wrong_place=told.wrong_place,
    )


def _named(given: object) -> dict[str, object]:
    """The number of a household that was not taken, where it has one that can be shown."""
    household_no = given.get("household_no") if isinstance(given, Mapping) else None
    try:
        return {"household_no": read_household_no(household_no)}
    except Fault:
        return {}
