"""Deadlines that are missed stay alerts until somebody says that they are done; leaders see alerts alone."""

from typing import Any

from libs.common.cases.store import NewCase, open_cases
from services.registration.notices.alarming import see_to_deadlines
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
