"""Says before paying from when to when the cover would be, and what the payer should hear first."""

from dataclasses import replace
from datetime import datetime
from typing import cast

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notices
from services.registration.assessments.recalling import assess_as_of
from services.registration.covers.schemas import CoverPreview, Warning
from services.registration.enrollments.rules import OPEN
from services.registration.enrollments.store import Enrollment
from services.registration.histories.showing import past_of
from services.registration.units import lines_store

_Words = dict[str, str]


async def preview(
    conn: AsyncConnection, notices: Notices, enrollment: Enrollment, tier: int | None, now: datetime
) -> CoverPreview:
    """What paying at this moment would bring, by all that is known; with a tier that the payer thinks of."""
    if enrollment.tier is None and tier is not None:
        enrollment = replace(enrollment, tier=tier)
    asked = await assess_as_of(conn, notices, enrollment, now)
    answer = asked.answer
    benefit = cast("dict[str, str] | None", answer["benefit"])
    words = _words(asked.trace, cast("_Words", answer["summary"]))
    return CoverPreview(
        person_id=enrollment.person_id,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        at=now,
        outcome=str(answer["outcome"]),
        own_due_fen=cast("int | None", answer["own_due_fen"]),
        cover_from=benefit["from"] if benefit else None,
        cover_to=benefit["to"] if benefit else None,
        cover_days=cast("int", answer["benefit_days"]),
        waiting_days=cast("int", answer["waiting_days"]),
        words=words["en"],
        words_zh=words["zh"],
        past=past_of(notices[enrollment.county, enrollment.coverage_year], asked.question),
        warnings=[
            *(_warning(one) for one in cast("list[_Words]", answer["warnings"])),
            *await _listed(conn, notices, enrollment),
        ],
    )


def _words(trace: list[dict[str, JsonValue]], summary: _Words) -> _Words:
    """The step about the cover; where there is none, why nothing can be paid."""
    steps = [step["words"] for step in trace if str(step["rule"]).startswith("benefit.")]
    return cast("_Words", steps[-1]) if steps else summary


def _warning(one: _Words) -> Warning:
    return Warning(id=one["id"], clause=one["clause"], words=one["en"], words_zh=one["zh"])


async def _listed(conn: AsyncConnection, notices: Notices, enrollment: Enrollment) -> list[Warning]:
    """The units that list the person and pay for their people: whoever else pays would pay twice."""
    county, year = enrollment.county, enrollment.coverage_year
    if enrollment.state not in OPEN:
        return []
    rules = notices[county, year].units
    return [
        Warning(
            id="on_unit_list",
            clause=rules[unit.rule].clause,
            words=f"{unit.name} lists this person and pays for its people: ask there before paying",
            words_zh=f"该人员已列入{unit.name}的参保名单，由单位统一缴费，请先向该单位核实",
        )
        for unit in await lines_store.units_of(conn, county, year, enrollment.person_id)
        if unit.rule in rules and rules[unit.rule].channels
    ]
