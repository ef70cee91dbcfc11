"""The page of somebody who lapsed says what a repaired year costs, and its last day once there is one."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import SHANGHAI
from libs.common.events import DueSegment, RepairTerms
from services.collection.dues.store import AssessedDue, upsert, written_choices, written_schedule
from tests.integration.console.test_persons import office, registered, services

__all__ = ["office", "registered", "services"]
OPENS, CLOSES = datetime(2000, 1, 1, tzinfo=SHANGHAI), datetime(2090, 1, 1, tzinfo=SHANGHAI)
TERMS = RepairTerms(
    years=(2019,),
    each_fen=41_500,
    months=(4, 3),
    anchor="payment_day",
    latest="before_wait_ends",
    clause="五",
)


@pytest.fixture
async def offered(console: Any, registered: int) -> int:
    """Collection has been told that she could repair a year."""
    segment = DueSegment(
        from_at=OPENS, until_at=CLOSES, outcome="payable", window="main", price_fen=250, own_due_fen=250,
        repair=TERMS,
    )  # fmt: skip
    async with console.services["registration"].engine.connect() as conn:
        (one,) = (await conn.execute(text("SELECT * FROM enrollments"))).all()
    due = AssessedDue(
        enrollment_id=one.id,
        person_id=registered,
        household_id=1,
        county="youxi",
        coverage_year=2020,
        division_code=one.division_code,
        assessment_id=1,
        revision=1,
        notice="youxi/2020",
        name_digest="n",
        masked_name="苏**",
        schedule=written_schedule((segment,)),
        assessed_at=OPENS,
        tier=None,
        choices=written_choices(()),
    )
    async with console.services["collection"].engine.begin() as conn:
        await upsert(conn, [due])
    return registered


async def test_is_shown_with_its_price_to_who_may_see_payments(console: Any, offered: int) -> None:
    browser = await console.signed_in("medical_insurance_officer", "350426")
    page = await browser.get(f"persons/{offered}")
    assert "补缴价格" in page.text and "每年 415" in page.text and "最迟" not in page.text


async def test_is_shown_with_its_last_day_once_it_is_covered(console: Any, offered: int) -> None:
    async with console.services["collection"].engine.begin() as conn:
        exempt = "UPDATE dues SET exempt_at = CAST(:at AS timestamptz)"
        await conn.execute(text(exempt), {"at": datetime(2080, 1, 1, 10, tzinfo=SHANGHAI)})
    browser = await console.signed_in("medical_insurance_officer", "350426")
    page = await browser.get(f"persons/{offered}")
    assert "最迟 2080-04-30" in page.text


async def test_is_not_shown_to_who_may_not(console: Any, offered: int) -> None:
    browser = await console.signed_in("department_officer", "350426", department="civil_affairs")
    assert "补缴价格" not in (await browser.get(f"persons/{offered}")).text
