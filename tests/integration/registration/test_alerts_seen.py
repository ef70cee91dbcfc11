"""Deadlines that are missed stay alerts until somebody says that they are done; leaders see alerts alone."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.cases.alerting import watching
from libs.common.cases.store import NewCase, open_cases
from services.registration.bulletins.preparing import see_to_bulletins
from services.registration.helps.alarming import see_to_help
from services.registration.notices import alarms_store
from services.registration.notices.alarming import see_to_deadlines, see_to_registrations
from services.registration.progress.alarming import see_to_goals
from services.registration.rosters.alarming import see_to_rosters
from services.registration.tickets.alarming import see_to_tickets
from tests.integration.registration.builders import household, moment


async def look(registration: Any, at: str) -> dict[str, str]:
    """Look at what time has brought; the alerts about deadlines that stand."""
    async with registration.context.engine.begin() as conn:
        await see_to_deadlines(conn, moment(f"{at}+08:00"), registration.context.notices, 7)
    found = await registration.rows(
        "SELECT kind, subject FROM cases WHERE state = 'open' AND kind LIKE 'deadline%' ORDER BY subject"
    )
    return {row.subject.rpartition("/")[2]: row.kind for row in found}


async def in_use(registration: Any) -> None:
    row = household("1", county="dongan", division_code="431122100201")
    await registration.register(row, at="2019-09-02T09:00:00+08:00")


class Poison:
    """A notice that gives no answer to anything that is asked of it."""

    def __init__(self, county: str, year: int) -> None:
        self.county, self.year = county, year

    def __getattr__(self, name: str) -> Any:
        raise LookupError(name)


@pytest.mark.parametrize(
    "see",
    [
        see_to_tickets,
        see_to_registrations,
        partial(see_to_deadlines, days=7),
        partial(see_to_rosters, days=7),
        see_to_help,
        partial(see_to_goals, margin=5),
        see_to_bulletins,
    ],
)
async def test_a_season_that_cannot_be_judged_keeps_its_alerts_and_no_other_from_being_looked_at(
    registration, see
):
    await in_use(registration)
    await registration.register(household("2"))
    at = moment("2019-10-31T23:59:59+08:00")
    known = dict(registration.context.notices)
    async with registration.context.engine.begin() as conn:
        assert not await see(conn, at, notices=known)
    before = await registration.rows("SELECT kind, subject FROM cases WHERE state = 'open' ORDER BY 1, 2")

    poisoned = ("youxi", 2020)
    async with registration.context.engine.begin() as conn:
        await conn.execute(text("DELETE FROM alert_news"))
        await conn.execute(text("DELETE FROM cases WHERE county <> 'youxi'"))
        assert await see(conn, at, notices=known | {poisoned: Poison(*poisoned)}) == {poisoned}

    after = await registration.rows("SELECT kind, subject FROM cases WHERE state = 'open' ORDER BY 1, 2")
    assert after == before


async def test_what_cannot_be_judged_is_counted_for_operators(registration):
    stop = asyncio.Event()

    async def blind(conn, now):
        stop.set()
        return {("youxi", 2020), ("dongan", 2020)}

    async def broken(conn, now):
        raise ValueError

    async def newest(conn):
        return moment("2019-10-31T23:59:59+08:00")

    await watching(registration.context, "looks", [broken, blind], newest).run(stop)
    assert 'canbao_looks_failed_total{look="looks"} 3.0' in (await registration.http.get("/metrics")).text


async def test_a_deadline_is_near_then_missed_until_somebody_says_that_it_is_done(registration):
    await in_use(registration)

    near = await look(registration, "2019-10-31T23:59:59")
    missed = await look(registration, "2019-11-01T00:00:00")
    again = await look(registration, "2019-11-20T00:00:00")
    listed = await registration.get("/v1/cases", kind="deadline_missed")
    [alert] = listed.json()["items"]
    done = await registration.post(
        f"/v1/cases/{alert['case_id']}/acknowledgement",
        {"note": "已召开动员会议"},
        "2019-11-20T09:00:00+08:00",
    )

    assert near == {"kick-off": "deadline_near"}
    assert missed == again == {"kick-off": "deadline_missed"}
    assert "召开动员会议" in alert["alert"]["says_zh"]
    assert done.status_code == 200, done.text
    assert await look(registration, "2019-11-20T10:00:00") == {}
    assert await look(registration, "2019-12-01T10:00:00") == {}


async def test_a_roster_that_is_late_is_no_missed_deadline_and_none_is_when_the_year_is_over(registration):
    await in_use(registration)
    assert "tags" not in await look(registration, "2019-10-02T00:00:00")
    assert await look(registration, "2020-12-31T23:59:59") == {
        one: "deadline_missed" for one in ("kick-off", "tax-audit", "voucher-writeoff")
    }
    assert await look(registration, "2021-01-01T00:00:00") == {}


async def test_a_leader_sees_alerts_and_no_cases(registration):
    await in_use(registration)
    await look(registration, "2019-11-01T00:00:00")
    case = NewCase(
        kind="same_person", subject="persons/1+2", owner="bureau", proposed="merge",
        opened_at=moment("2019-10-01T09:00:00+08:00"), evidence={}, county="dongan", coverage_year=2020,
        division_code="431122000000",
    )  # fmt: skip
    async with registration.context.engine.begin() as conn:
        await open_cases(conn, [case])
    leader = await registration.client(scopes=["alerts:read"], division="431122")

    answers = [await leader.get("/v1/cases", params={"alert": asked}) for asked in ("true", "false")]
    totals = (await leader.get("/v1/cases/totals")).json()["items"]
    one = await leader.get("/v1/cases/1")

    assert [[case["kind"] for case in answer.json()["items"]] for answer in answers] == [
        ["deadline_missed"]
    ] * 2
    assert [case["kind"] for case in totals] == ["deadline_missed"]
    assert one.status_code == 403


async def test_of_seasons_those_are_in_use_in_which_somebody_is_enrolled(registration):
    """Whether others come before or after it in their order, or there is none at all."""
    asked = [
        ("aaa", 2020),
        ("dongan", 2019),
        ("dongan", 2020),
        ("dongan", 2021),
        ("youxi", 2020),
        ("zzz", 2020),
    ]
    async with registration.context.engine.begin() as conn:
        assert await alarms_store.in_use(conn, asked) == set()
    await in_use(registration)
    await registration.register(household("2"))
    async with registration.context.engine.begin() as conn:
        assert await alarms_store.in_use(conn, asked) == {("dongan", 2020), ("youxi", 2020)}
