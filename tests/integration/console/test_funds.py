"""Money for help at the console: the bureau applies for it, finance says how much there is."""

from typing import Any

import pytest

from tests.integration.console.test_channel_days import rows_of
from tests.integration.console.test_verifications import drawn
from tests.integration.subsidy.conftest import Season, aid

BUREAU, FINANCE, COUNTY = "medical_insurance_officer", "finance_officer", "620422"
LIST, NEW = "work/applications?season=huining-2021", "fund-applications/new/huining/2021"
WAY = "fund-applications/1"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "subsidy")}


@pytest.fixture
async def bureau(console: Any) -> Any:
    """An officer of the bureau, who had help of three people verified."""
    season = Season(console.services["subsidy"], None, None, None, None, None)
    for person in (1, 2, 3):
        await season.send(season.assessed(person, aid=(aid(),)), season.paid(person, aid=(aid(),)))
    browser = await console.signed_in(BUREAU, COUNTY)
    await drawn(browser)
    form = await browser.get("verifications/1/release")
    await browser.press("确认提交", await browser.press("下一步", form))
    return browser


@pytest.fixture
async def applied(bureau: Any) -> Any:
    """The same, who applied for the money."""
    await bureau.press("确认提交", await bureau.press("下一步", await bureau.get(NEW)))
    return bureau


async def confirmed(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "subsidy",
        "SELECT payer, total_fen, applied_by, confirmed_fen, confirmed_by FROM fund_applications ORDER BY 1",
    )  # fmt: skip


class TestApplying:
    async def test_is_done_from_the_list_after_a_look_and_once(self, console, bureau):
        listed = await bureau.get(LIST)

        sure = await bureau.press("下一步", await bureau.get(NEW))
        before = await confirmed(console)
        done, again = [await bureau.press("确认提交", sure) for _ in range(2)]

        assert f'href="../{NEW}"' in listed.text and "没有资金申请" in listed.text
        assert "每个资助方一份" in sure.text and before == []
        assert "资金已申请" in done.text and "资金已申请" in again.text
        assert f'href="../{WAY}"' in done.text and "600.00" in done.text and "待财政确认" in done.text
        assert await confirmed(console) == [("county_finance", 60_000, BUREAU, None, None)]

    async def test_for_nothing_says_what_is_to_be_done_first(self, console, applied):
        sure = await applied.press("下一步", await applied.get(NEW))

        told = await applied.press("确认提交", sure)

        assert told.status_code == 422 and "没有已核定通过、尚未申请资金的资助" in told.text

    async def test_is_the_bureaus_and_the_list_says_so(self, console, bureau):
        finance = await console.signed_in(FINANCE, COUNTY)

        listed = await finance.get(LIST)

        assert "fund-applications/new" not in listed.text
        assert "由医保局经办人员申请，由财政局经办人员确认资金" in listed.text
        assert (await finance.get(NEW)).status_code == 403
        assert (await finance.send(NEW)).status_code == 403
        assert await confirmed(console) == []


class TestAnApplication:
    async def test_shows_what_it_asks_for_for_whom_and_who_is_next(self, console, applied):
        seen = await applied.get(WAY)
        other = await console.signed_in(FINANCE, COUNTY)
        await other.send("language", language="en", then="")
        english = await other.get(WAY)

        assert "600.00 元" in seen.text and f"{BUREAU} " in seen.text and "620422101" in seen.text
        assert seen.text.count('href="../persons/') == 3 and 'href="../verifications/1"' in seen.text
        assert "由财政局经办人员确认资金，不得为申请人本人" in seen.text
        assert f"{WAY}/confirmation" not in seen.text
        assert "Say what there is" in english.text and "¥600.00" in english.text
        looks = await rows_of(console, "subsidy", "SELECT operation, subject FROM person_lookups")
        assert ("list_fund_application_lines", BUREAU) in looks

    async def test_is_no_business_of_another_county_or_of_who_may_not_look(self, console, applied):
        elsewhere = await console.signed_in(FINANCE, "350426")
        leader = await console.signed_in("leader", COUNTY)

        assert (await elsewhere.get(WAY)).status_code == 403
        assert (await leader.get(WAY)).status_code == 403
        assert (await applied.get("fund-applications/99")).status_code == 404


class TestConfirming:
    async def test_in_full_lets_help_be_paid_after_a_look_and_once(self, console, applied):
        finance = await console.signed_in(FINANCE, COUNTY)
        seen = await finance.get(WAY)

        sure = await finance.press("下一步", await finance.get(f"{WAY}/confirmation"), answer="full")
        before = await confirmed(console)
        done, again = [await finance.press("确认提交", sure) for _ in range(2)]

        assert f'href="../{WAY}/confirmation"' in seen.text
        assert "申请内的资助均可发放" in sure.text and "0.00 元" in sure.text and before[0][3] is None
        assert "资金情况已确认" in done.text and "资金情况已确认" in again.text
        assert "已足额确认" in done.text and "3 人（共 3 人）" in done.text and "制作发放批次" in done.text
        assert 'href="../work/payout_batches?season=huining-2021"' in done.text
        assert f"{WAY}/confirmation" not in done.text
        assert await confirmed(console) == [("county_finance", 60_000, BUREAU, 60_000, FINANCE)]
        form = await finance.get(f"{WAY}/confirmation")
        assert str(form.url).endswith(WAY)

    async def test_of_less_is_said_as_it_is_and_more_may_follow(self, console, applied):
        finance = await console.signed_in(FINANCE, COUNTY)
        form = await finance.get(f"{WAY}/confirmation")

        short = await finance.press("下一步", form, answer="part", confirmed_fen="450")
        done = await finance.press("确认提交", short)
        second = await finance.get(f"{WAY}/confirmation")
        less = await finance.press("下一步", second, answer="part", confirmed_fen="100")
        full = await finance.press(
            "确认提交", await finance.press("下一步", second, answer="full", confirmed_fen="")
        )

        assert "150.00 元" in short.text and "资助资金不足" in short.text
        assert "资金不足" in done.text and "补足资金" in done.text
        assert 'href="../cases/subsidy?kind=funds_short"' in done.text
        assert less.status_code == 422 and "不少于 450.00 元，且少于 600.00 元" in less.text
        assert "已足额确认" in full.text

    async def test_of_nothing_refuses_it_for_now(self, console, applied):
        finance = await console.signed_in(FINANCE, COUNTY)
        form = await finance.get(f"{WAY}/confirmation")

        sure = await finance.press("下一步", form, answer="none")
        assert "没有资金，资助均不发放" in sure.text and "规定了先后" not in sure.text
        done = await finance.press("确认提交", sure)

        assert "600.00 元" in sure.text and "资金不足" in done.text
        assert (await confirmed(console))[0][3:] == (0, FINANCE)

    @pytest.mark.parametrize("typed", ["", "600", "0", "六百"])
    async def test_of_a_part_needs_its_amount(self, console, applied, typed):
        finance = await console.signed_in(FINANCE, COUNTY)
        form = await finance.get(f"{WAY}/confirmation")

        answer = await finance.press("下一步", form, answer="part", confirmed_fen=typed)

        assert answer.status_code == 422 and "请填写" in answer.text
        assert (await confirmed(console))[0][3] is None

    async def test_is_finances_alone(self, console, applied):
        assert (await applied.get(f"{WAY}/confirmation")).status_code == 403
        assert (await applied.send(f"{WAY}/confirmation", answer="full")).status_code == 403
        assert (await confirmed(console))[0][3] is None
