"""Days of channels: what collection tells of them is compared with the postings until both agree."""

from datetime import UTC, datetime

import pytest

from libs.common.events.channel_days import ChannelDayTotalled
from libs.common.testing.channel_facts import fee_kept
from libs.common.testing.ledger_facts import bought, on, paid, returned, suspended
from services.ledger.daytotals.comparing import see_to_day_totals
from services.ledger.daytotals.rules import LOOKS
from tests.integration.ledger.test_api import move

NOW = datetime(2019, 12, 5, tzinfo=UTC)


def told(taken_fen, returned_fen=0, day="2019-12-01", revision=1, channel="tax"):
    return ChannelDayTotalled(
        county="youxi", channel=channel, business_on=on(day).date(), revision=revision, taken_fen=taken_fen,
        payments=1, returned_fen=returned_fen, returns=0, totalled_at=on("2019-12-02T09:00"),
    )  # fmt: skip


@pytest.fixture
def look(desk):
    async def looks(times=1):
        for _ in range(times):
            async with desk.context.engine.begin() as conn:
                await see_to_day_totals(conn, NOW, desk.context.notices)
        return await alerts(desk)

    return looks


async def tell(desk, *totals):
    await desk.deliver([desk.message(one) for one in totals])


async def alerts(desk, state="open"):
    asked = {"state": state, "kind": "channel_day_ledger"}
    return (await desk.http.get("/v1/cases", params=asked)).json()["items"]


async def shown(desk, **asked):
    answer = await desk.http.get("/v1/channel-day-totals", params={"county": "youxi", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestADay:
    async def test_agrees_whatever_its_money_is_and_wherever_it_went(self, desk, look):
        first = paid(1, on("2019-12-01"), add_on_fen=3000)
        await desk.send(
            *(first, suspended(70, on("2019-12-01")), bought(2, at=on("2019-12-01"))),
            *(paid(3, on("2019-12-01"), coverage_year=2019), fee_kept(150, on("2019-12-01T23:59:59"))),
            returned(first, 3000, on("2019-12-02")),
        )
        await move(desk, amount_fen=20000, business_at="2019-12-01T18:00:00+08:00")

        await tell(desk, told(25000 + 3000 + 25000 + 3000 + 25000), told(0, 3000, "2019-12-02"))

        assert await look(LOOKS) == []
        assert [one["agrees"] for one in (await shown(desk))["items"]] == [True, True]

    async def test_that_differs_longer_than_messages_need_raises_an_alert_with_both_sides(self, desk, look):
        await desk.send(paid(1, on("2019-12-01")))
        await tell(desk, told(50000, 100))

        assert await look(LOOKS - 1) == []
        (alert,) = await look()
        evidence = alert["evidence"]
        assert (evidence["taken_fen"], evidence["posted_taken_fen"], alert["amount_fen"]) == (
            50000,
            25000,
            25000,
        )
        assert (evidence["returned_fen"], evidence["posted_returned_fen"]) == (100, 0)
        assert "相差 250.00 元" in alert["alert"]["says_zh"]
        assert len(await look(2)) == 1

    async def test_is_right_again_once_the_message_is_there_and_its_alert_goes(self, desk, look):
        await desk.send(paid(1, on("2019-12-01")))
        await tell(desk, told(50000))
        assert len(await look(LOOKS)) == 1

        await desk.send(paid(2, on("2019-12-01T23:59")))

        assert await look() == []
        (gone,) = await alerts(desk, "closed")
        assert gone["reason"] == "cause_gone"

    async def test_is_as_the_highest_revision_says_in_whatever_order_they_come(self, desk, look):
        await desk.send(paid(1, on("2019-12-01")))
        await tell(desk, told(25000, revision=3))
        await tell(desk, told(9, revision=2), told(8, revision=1))

        assert await look(LOOKS) == []
        (day,) = (await shown(desk))["items"]
        assert (day["revision"], day["taken_fen"], day["posted_taken_fen"]) == (3, 25000, 25000)

    async def test_told_twice_in_one_batch_counts_once(self, desk, look):
        await desk.send(paid(1, on("2019-12-01")))
        await tell(desk, told(9, revision=1), told(25000, revision=2))
        assert await look(LOOKS) == []

    async def test_of_money_back_of_several_counties_is_compared_by_what_was_taken(self, desk, look):
        await desk.send(paid(1, on("2019-12-01")))
        await tell(desk, told(25000, None))
        assert await look(LOOKS) == []

    async def test_posts_nothing_and_is_no_fact_of_the_books(self, desk):
        await tell(desk, told(25000))
        assert await desk.rows("SELECT count(*) FROM facts") == [(0,)]


class TestTheList:
    async def test_is_in_pages_by_day_and_channel(self, desk):
        days = [told(1, day=f"2019-12-0{day}", channel=channel) for day in (1, 2) for channel in ("a", "b")]
        await tell(desk, *days)

        first = await shown(desk, limit=3)
        rest = await shown(desk, limit=3, after=first["next_after"])

        assert first["next_after"] == "2019-12-02/a"
        assert [(one["on"], one["channel"]) for one in rest["items"]] == [("2019-12-02", "b")]
        assert len((await shown(desk, channel="b"))["items"]) == 2

    async def test_is_for_readers_of_the_county(self, desk, client, signing_key):
        async def asked(scopes, division="*"):
            token = signing_key.issue("somebody", scopes, division)
            caller = await client(desk.context, app=desk.app, token=token)
            return (await caller.get("/v1/channel-day-totals", params={"county": "youxi"})).status_code

        assert await asked(["ledger:read"]) == 200
        assert await asked(["ledger:read"], "350428") == 403
        assert await asked(["ledger:write"]) == 403
        odd = await desk.http.get("/v1/channel-day-totals", params={"county": "youxi", "after": "2019-02-31"})
        assert odd.status_code == 422
        assert (await desk.http.get("/v1/channel-day-totals", params={"county": "x"})).status_code == 404
