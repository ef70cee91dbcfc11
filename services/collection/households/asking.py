"""Asks a person about a household that paid two tiers, though all its members have to be on one."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.web.schemas import shanghai
from services.collection.cases.rules import HOUSEHOLD_TIERS
from services.collection.households.rules import PaidAt, PaidTier
from services.collection.matching.rules import Decision


async def ask_about_tiers(conn: AsyncConnection, decisions: Sequence[Decision]) -> None:
    """Open a case where a household paid two tiers; close it when the line does not wait for that now."""
    waiting = [one for one in decisions if one.fixed_by is not None]
    others = [one.line for one in decisions if one.line.again and one.fixed_by is None]
    if others:
        gone = [(line.payment_id, line.line_no) for line in others]
        await close_tiers(conn, gone, max(line.occurred_at for line in others))
    await cases.open_cases(conn, [_two_tiers(one, one.fixed_by) for one in waiting if one.fixed_by])


async def close_tiers(conn: AsyncConnection, lines: Sequence[tuple[int, int]], at: datetime) -> None:
    """Close the cases of lines that wait no more for the tier of their household."""
    gone = [Gone(HOUSEHOLD_TIERS.code, _subject(*line)) for line in lines]
    await cases.close_cases(conn, gone, at, "its money does not wait for the tier any more")


def _subject(payment_id: int, line_no: int) -> str:
    return f"payments/{payment_id}/{line_no}"


def _two_tiers(decision: Decision, fixed: PaidTier) -> NewCase:
    line, due = decision.line, decision.due
    mine = PaidAt(line.paid_at, line.channel, line.transaction_no, line.line_no)
    applied: dict[str, JsonValue] = {
        "payment_id": fixed.payment_id, "line_no": fixed.line_no, "person_id": fixed.person_id,
        "tier": fixed.tier, "paid_at": shanghai(fixed.paid_at),
    }  # fmt: skip
    if fixed.payment_id is None:
        applied = {
            "exempt": True,
            "person_id": fixed.person_id,
            "tier": fixed.tier,
            "since": applied["paid_at"],
        }
    waiting: dict[str, JsonValue] = {
        "payment_id": line.payment_id, "line_no": line.line_no, "tier": decision.verdict.tier,
        "person_id": due.person_id if due else None, "paid_at": shanghai(line.paid_at),
    }  # fmt: skip
    return NewCase(
        kind=HOUSEHOLD_TIERS.code,
        subject=_subject(line.payment_id, line.line_no),
        owner=HOUSEHOLD_TIERS.owner,
        proposed=HOUSEHOLD_TIERS.steps[0].code,
        opened_at=line.occurred_at,
        evidence={
            "household_id": fixed.household_id,
            "applied": applied,
            "waiting": waiting,
            "paid_first": "waiting" if mine < fixed.place else "applied",
        },
        county=line.county,
        coverage_year=line.coverage_year,
        division_code=due.division_code if due else None,
        person_id=due.person_id if due else None,
        amount_fen=line.amount_fen,
    )
