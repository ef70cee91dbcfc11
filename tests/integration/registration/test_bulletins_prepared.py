"""Bulletins that prepare themselves: drafted on their day, in order, and missed when nobody signs."""

import asyncio
from typing import Any

import pytest

from services.registration.bulletins.preparing import prepare, preparing, see_to_bulletins
from tests.integration.registration.builders import household, moment
from tests.integration.registration.test_bulletins import (
    KIND,
    SEASON,
    decide,
    draft,
    file,
    leader,
    office,
    pays,
)

__all__ = ["leader", "office"]

#: Youxi's month ends at midnight; an hour later what was under way is in.
DUE = "2019-10-01T01:00:00+08:00"
COUNTY = "dongan"


async def look(registration: Any, at: str, *counties: str) -> None:
    """What the worker does at an instant, look by look, each in a transaction of its own."""
    known = registration.context.notices
    notices = {key: one for key, one in known.items() if key[0] in (counties or ("youxi",))}
    for each in preparing(notices):
        async with registration.context.engine.begin() as conn:
            await each(conn, moment(at))


async def drafts(office: Any, **query: Any) -> list[tuple[Any, ...]]:
    answer = await office.get("/v1/bulletins", params=SEASON | query)
    assert answer.status_code == 200, answer.text
    return [(one["period_to"], one["state"], one["drafted_by"]) for one in answer.json()["items"]]


async def sign(office: Any, leader: Any, at: str, what: str = "sign") -> dict[str, Any]:
    [waiting] = (await office.get("/v1/bulletins", params=SEASON | {"state": "draft"})).json()["items"]
    answer = await decide(leader, waiting, what, at)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def alerts(registration: Any) -> list[tuple[str, str]]:
    found = await registration.rows(
        "SELECT subject, division_code FROM cases WHERE state = 'open' AND kind = 'bulletin_late' ORDER BY 1"
    )
    return [(row.subject, row.division_code) for row in found]


class TestABulletin:
    async def test_is_drafted_once_when_its_period_is_over_and_a_person_only_signs(
        self, registration, office, leader
    ):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await look(registration, "2019-10-01T00:59:59+08:00")
        assert await drafts(office) == []
        for at in (DUE, DUE, "2019-10-02T09:00:00+08:00"):
            await look(registration, at)
        assert await drafts(office) == [("2019-09-30", "draft", "system")]
        made = await sign(office, leader, "2019-10-02T10:00:00+08:00")
        assert (made["number"], made["signed_by"]) == (1, "leader")
        await look(registration, "2019-10-02T11:00:00+08:00")
        assert len(await drafts(office)) == 1

    async def test_has_a_late_figure_in_the_next(self, registration, office, leader):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await pays(registration, "2", "2019-09-29T10:00:00+08:00", told_at="2019-10-08T08:00:00+08:00")
        await look(registration, "2019-10-09T09:00:00+08:00")
        first = await sign(office, leader, "2019-10-09T10:00:00+08:00")
        assert "已完成参保 1 人" in first["lead"]
        before = (await file(office, first)).text
        await look(registration, "2019-11-01T09:00:00+08:00")
        second = await sign(office, leader, "2019-11-01T10:00:00+08:00")
        assert "已完成参保 2 人" in second["lead"]
        assert (await file(office, first)).text == before

    async def test_is_caught_up_with_after_downtime_the_oldest_first(self, registration, office, leader):
        await pays(registration, "1", "2019-10-20T10:00:00+08:00")
        told = []
        for _ in range(4):
            await look(registration, "2020-01-05T09:00:00+08:00")
            if not await drafts(office, state="draft"):
                break
            told.append((await sign(office, leader, "2020-01-05T10:00:00+08:00"))["period_to"])
        # Everybody of this county was registered in September, whenever they paid.
        assert told == ["2019-09-30", "2019-10-31", "2019-11-30", "2019-12-31"]

    async def test_that_somebody_refused_is_left_to_people(self, registration, office, leader):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await look(registration, DUE)
        await sign(office, leader, "2019-10-01T10:00:00+08:00", "refuse")
        await look(registration, "2019-10-02T09:00:00+08:00")
        assert await drafts(office, state="draft") == []
        assert (await draft(office, "2019-09-30", "2019-10-03T09:00:00+08:00")).status_code == 201

    async def test_that_a_person_drafts_meanwhile_is_not_drafted_twice(self, registration, office):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        notice = registration.context.notices["youxi", 2020]
        report = next(one for one in notice.document.reports if one.id == KIND)

        async def one() -> None:
            async with registration.context.engine.begin() as conn:
                await prepare(conn, moment(DUE), notice, report)

        await asyncio.gather(one(), draft(office, "2019-09-30", DUE), one())
        assert [state for _, state, _ in await drafts(office)] == ["draft"]

    async def test_waits_for_a_draft_of_a_period_in_which_nobody_was_registered(self, registration, office):
        assert (await draft(office, "2019-08-31", "2019-10-02T09:00:00+08:00")).status_code == 422
        assert (await draft(office, "2019-09-30", "2019-10-02T09:00:00+08:00")).status_code == 201
        row = household("1", division_code="350426101203")
        await registration.register(row, at="2019-10-02T10:00:00+08:00")
        await look(registration, "2019-11-01T09:00:00+08:00")
        assert [day for day, *_ in await drafts(office)] == ["2019-09-30"]

    @pytest.mark.parametrize("at", ["2019-10-15T09:00:00+08:00", "2020-06-30T09:00:00+08:00"])
    async def test_is_none_where_nobody_is_registered_or_all_is_history(self, registration, office, at):
        if at.startswith("2020"):
            await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await look(registration, at)
        assert (await drafts(office), await alerts(registration)) == ([], [])


class TestNobodySigns:
    async def test_is_an_alert_after_the_due_day_until_it_is_signed(self, registration, office, leader):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        await look(registration, "2019-10-01T23:59:59+08:00")
        assert await alerts(registration) == []
        for at in ("2019-10-02T00:00:00+08:00", "2019-10-05T09:00:00+08:00"):
            await look(registration, at)
        assert await alerts(registration) == [(f"bulletins/youxi/2020/{KIND}/2019-09-30", "350426000000")]
        [alert] = (await registration.get("/v1/cases", kind="bulletin_late")).json()["items"]
        assert "应于 2019年10月1日 签发（八(一)），尚未签发" in alert["alert"]["says_zh"]
        await sign(office, leader, "2019-10-05T10:00:00+08:00")
        await look(registration, "2019-10-05T11:00:00+08:00")
        assert await alerts(registration) == []

    async def test_is_an_alert_also_where_no_draft_could_be_made(self, registration):
        await pays(registration, "1", "2019-09-20T10:00:00+08:00")
        async with registration.context.engine.begin() as conn:
            await see_to_bulletins(conn, moment("2019-10-03T09:00:00+08:00"), registration.context.notices)
        assert len(await alerts(registration)) == 1


async def test_each_report_of_a_notice_has_its_own_days(registration):
    """Dong'an: half-monthly from townships, monthly inspection and bulletin."""
    row = household("1", county=COUNTY, division_code="431122100201")
    await registration.register(row, at="2019-09-02T09:00:00+08:00")
    for at in ("2019-09-16T09:00:00+08:00", "2019-10-01T09:00:00+08:00"):
        await look(registration, at, COUNTY)
    made = await registration.rows("SELECT kind, period_to::text FROM bulletins ORDER BY kind")
    assert [tuple(one) for one in made] == [
        ("bulletin", "2019-09-30"),
        ("half-month", "2019-09-15"),
        ("inspection", "2019-09-30"),
    ]
