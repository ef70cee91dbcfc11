"""What channels owe at the console: by age, day by day, and a slip that is matched by hand."""

from typing import Any

import pytest

from libs.common.testing.ledger_facts import on, paid
from tests.integration.console.test_channel_days import rows_of
from tests.integration.ledger.conftest import Desk
from tests.integration.ledger.test_api import move

WAY, COUNTY = "channel-debts/youxi/2020/tax", "350426"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "ledger")}


@pytest.fixture
async def desk(console: Any, sends: Any) -> Desk:
    """The ledger behind the console: a channel took money on two days, and paid one and a half of them."""
    http = await sends("ledger", "ledger:read", "ledger:write")
    made = Desk(console.services["ledger"], console.sent.apps["ledger"].app, http)
    await made.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-02")))
    slip = await move(made, reference="HK-1", amount_fen=30_000, business_at="2019-12-06T10:00:00+08:00")
    assert slip.status_code == 201, slip.text
    return made


async def paid_days(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "ledger",
        "SELECT match_no, business_on::text, amount_fen FROM slip_days ORDER BY 1, 2",
    )  # fmt: skip


class TestWhatAChannelOwes:
    @pytest.mark.parametrize("role", ["tax_officer", "finance_officer"])
    async def test_stands_on_the_list_with_its_age_and_day_by_day(self, console, desk, role):
        browser = await console.signed_in(role, COUNTY)

        listed = await browser.get("work/debts?season=youxi-2020")
        days = await browser.get(WAY)
        everything = await browser.get(f"{WAY}?part=all")

        assert "各渠道合计未划 200.00 元。" in listed.text and f'href="../{WAY}"' in listed.text
        assert "2019-12-02" in days.text and "<td" in days.text and ">2019-12-01<" not in days.text
        assert ">2019-12-01<" in everything.text and "HK-1" in everything.text
        assert "300.00 元" in everything.text

    async def test_is_shown_to_nobody_of_another_county_or_without_the_right(self, console, desk):
        other = await console.signed_in("finance_officer", "620422")
        village = await console.signed_in("village_agent", "350426101203")

        assert (await other.get(WAY)).status_code == 403
        assert (await village.get(WAY)).status_code == 403


class TestASlip:
    async def test_is_matched_to_other_days_after_a_look_and_once(self, console, desk):
        browser = await console.signed_in("tax_officer", COUNTY)
        form = await browser.get(f"{WAY}/slips/1")

        sure = await browser.press(
            "下一步", form, days="2019-12-01 50.00\n2019-12-02 250", reason="银行回单注明"
        )
        before = await paid_days(console)
        done, again = [await browser.press("确认提交", sure) for _ in range(2)]

        assert "2019-12-01 250.00" in form.text and "按最早日期依次匹配" in form.text
        assert "250.00 元" in sure.text and len(before) == 2
        assert "划款凭证已改配" in done.text and "划款凭证已改配" in again.text
        assert (await paid_days(console))[2:] == [(2, "2019-12-01", 5_000), (2, "2019-12-02", 25_000)]
        assert "人工指定" in (await browser.get(f"{WAY}/slips/1")).text

    @pytest.mark.parametrize(
        ("days", "says"),
        [("十二月一日 50", "每行一天"), ("2019-12-01 50.005", "每行一天"), ("2019-12-01 50.00", "金额")],
    )
    async def test_of_other_sums_or_no_days_says_what_is_wrong_and_changes_nothing(
        self, console, desk, days, says
    ):
        browser = await console.signed_in("tax_officer", COUNTY)
        answer = await browser.press(
            "下一步", await browser.get(f"{WAY}/slips/1"), days=days, reason="银行回单注明"
        )
        if answer.status_code == 200:
            answer = await browser.press("确认提交", answer)

        assert answer.status_code == 422 and says in answer.text and days in answer.text
        assert len(await paid_days(console)) == 2

    async def test_is_matched_by_nobody_who_may_only_look(self, console, desk):
        browser = await console.signed_in("auditor", COUNTY)

        assert "改配日期" not in (await browser.get(f"{WAY}?part=all")).text
        assert (await browser.get(f"{WAY}/slips/1")).status_code == 403
        assert (await browser.send(f"{WAY}/slips/1", days="2019-12-01 300", reason="x")).status_code == 403
        assert len(await paid_days(console)) == 2
