"""Writes down what people of a village answered, each with who said it and when; nothing is ever changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import FieldError, Problem
from services.registration.registering.problems import ROW_INVALID
from services.registration.surveys import answers_store as store
from services.registration.surveys.answers_store import NewAnswer, Subject
from services.registration.surveys.problems import NOT_ON_LIST
from services.registration.surveys.rules import excuse_of, faults_of_answer
from services.registration.surveys.schemas import NewAnswerIn


async def write_down(
    conn: AsyncConnection, caller: Caller, notice: Notice, given: Sequence[NewAnswerIn], now: datetime
) -> list[tuple[int, Problem]]:
    """Keep answers; give those that are refused, by their places."""
    subjects = [Subject(place, one.row_id, one.person_id) for place, one in enumerate(given)]
    villages = await store.find(conn, notice.county, notice.year, subjects)
    refused: list[tuple[int, Problem]] = []
    kept: list[NewAnswer] = []
    for place, one in enumerate(given):
        problem = problem_of(caller, villages.get(place)) or _fault(notice, one, now)
        if problem is not None:
            refused.append((place, problem))
            continue
        kept.append(
            NewAnswer(
                place=place,
                row_id=one.row_id,
                person_id=one.person_id,
                answer=one.answer,
                reason=one.reason,
                proof=one.proof,
                said_by=one.said_by,
                said_at=one.said_at or now,
            )
        )
    await store.say(conn, notice.county, notice.year, kept, caller.subject, now)
    return refused


def problem_of(caller: Caller, village: str | None) -> Problem | None:
    """Why nothing may be written down of somebody: not on a list, or not on one of the caller's villages."""
    if village is None:
        return NOT_ON_LIST.problem()
    return None if caller.sees(village) else OUTSIDE_DIVISION.problem()


def _fault(notice: Notice, one: NewAnswerIn, now: datetime) -> Problem | None:
    faults = faults_of_answer(one.answer, one.reason, one.proof, excuse_of(notice, one.reason))
    if one.said_at is not None and one.said_at > now:
        faults.append(FieldError("said_at", "Lies in the future.", "晚于当前时间。"))
    return ROW_INVALID.problem(errors=faults) if faults else None
