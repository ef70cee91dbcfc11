"""Batches of payouts at the console: made, agreed to by another, handed to the bank, answered by it."""

import base64
from typing import Any

import pytest

from tests.integration.console.test_channel_days import rows_of
from tests.integration.subsidy.conftest import Season, aid

BUREAU, FINANCE, COUNTY = "medical_insurance_officer", "finance_officer", "620422"
LIST, NEW = "work/payout_batches?season=huining-2021", "payout-batches/new/huining/2021"
WAY = "payout-batches/1"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    key = base64.b64encode(b"\x05" * 32).decode()
    return {
        "registration": await service_context("registration"),
        "subsidy": await service_context("subsidy", account_key=key),
    }


@pytest.fixture
async def season(console: Any, sends: Any) -> Season:
    """Two people with cards whose help was verified and confirmed, and one without a card."""
    clerk, finance = [
        await sends("subsidy", *scopes, subject=name, division=COUNTY)
        for name, *scopes in (
            ("clerk", "subsidy:read", "subsidy:write", "cards:write", "pii:read"),
            ("finance", "subsidy:read", "subsidy:approve"),
        )
    ]
    made = Season(console.services["subsidy"], clerk, None, None, None, finance)
    for person in (1, 2, 3):
        await made.send(made.assessed(person, aid=(aid(),)), made.paid(person, aid=(aid(),)))
    await made.cards(made.card(1), made.card(2))
    await made.verified()
    return made


@pytest.fixture
async def bureau(console: Any, season: Season) -> Any:
    return await console.signed_in(BUREAU, COUNTY)


@pytest.fixture
async def made(bureau: Any) -> Any:
    """An officer of the bureau who made a batch of all that is ready."""
    form = await bureau.get(NEW)
    await bureau.press("确认提交", await bureau.press("下一步", form))
    return bureau


async def agreed(console: Any) -> Any:
    """Somebody of finance agreed to it, by the page of the batch."""
    finance = await console.signed_in(FINANCE, COUNTY)
    form = await finance.get("approvals/subsidy/1")
    sure = await finance.press("下一步", form, decision="approve", note="")
    done = await finance.press("确认提交", sure)
    assert "已同意" in done.text
    return finance


async def batches(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "subsidy",
        "SELECT batch_id, declared_count, declared_total_fen, created_by, decided_by FROM batches ORDER BY 1",
    )  # fmt: skip


class TestMaking:
    async def test_is_done_from_the_list_with_what_is_ready_after_a_look_and_once(self, console, bureau):
        listed, form = await bureau.get(LIST), await bureau.get(NEW)

        sure = await bureau.press("下一步", form)
        before = await batches(console)
        done, again = [await bureau.press("确认提交", sure) for _ in range(2)]

        assert f'href="../{NEW}"' in listed.text and "没有发放批次" in listed.text
        assert "2 笔，400.00 元" in form.text and "待登记社保卡" in form.text
        assert "由财政局经办人员复核" in sure.text and before == []
        assert "发放批次已制作" in done.text and f"{WAY}?done=payouts_made." in str(again.url)
        assert await batches(console) == [(1, 2, 40_000, BUREAU, None)]
        after = await bureau.get(LIST)
        assert f'href="../{WAY}"' in after.text and "待复核" in after.text and "400.00" in after.text

    async def test_of_less_takes_no_more_than_was_asked_for(self, console, bureau):
        form = await bureau.get(NEW)

        sure = await bureau.press("下一步", form, division_prefix="620422101", bank="农商银行", most="1")
        done = await bureau.press("确认提交", sure)

        assert "620422101、农商银行、最多 1 笔" in sure.text and "200.00 元" in done.text
        assert (await batches(console))[0][1:3] == (1, 20_000)

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"most": "几笔"}, "请填写整数"), ({"most": "0"}, "#most"),
            ({"division_prefix": "62"}, "#division_prefix"), ({"bank": "邮储银行"}, "没有可发放的款项"),
            ({"bank": "邮储银行"}, "1 笔等待登记社保卡"),
        ],
    )  # fmt: skip
    async def test_of_nothing_says_why_and_makes_none(self, console, bureau, typed, says):
        answer = await bureau.press("下一步", await bureau.get(NEW), **typed)
        if answer.status_code == 200:
            answer = await bureau.press("确认提交", answer)

        assert answer.status_code == 422 and says in answer.text
        assert await batches(console) == []

    async def test_is_the_bureaus_and_the_list_says_so(self, console, season):
        finance = await console.signed_in(FINANCE, COUNTY)

        listed = await finance.get(LIST)

        assert "payout-batches/new" not in listed.text and "由医保局经办人员制作并送银行" in listed.text
        assert (await finance.get(NEW)).status_code == 403
        assert (await finance.send(NEW)).status_code == 403
        assert await batches(console) == []


class TestWhatIsTyped:
    async def test_is_told_in_words_what_is_wrong(self, console, bureau):
        form = await bureau.get(NEW)

        odd = await bureau.press("下一步", form, division_prefix="某镇", bank="", most="")
        few = await bureau.press("下一步", form, division_prefix="620422100", bank="", most="1")
        sure = await bureau.press("下一步", form, division_prefix="", bank="没有的银行", most="")
        none = await bureau.press("确认提交", sure)

        assert odd.status_code == 422 and "9 位乡镇代码或 12 位村（社区）代码" in odd.text
        assert "必须符合格式" not in odd.text and "^" not in odd.text.split("<main")[1]
        assert "620422100、最多 1 笔" in few.text
        assert "没有可发放的款项" in none.text and "开户行不同" in none.text
        assert "waiting_card" not in none.text and "/v1/" not in none.text


class TestABatch:
    async def test_leaves_when_another_person_agreed(self, console, made):
        waits = await made.get(WAY)
        refused = await made.get(f"{WAY}/file")
        asked = await (await console.signed_in("auditor", COUNTY)).get("approvals/subsidy/1")
        finance = await agreed(console)
        seen, file = await made.get(WAY), await made.get(f"{WAY}/file")

        assert "由财政局经办人员复核，不得为制作人本人" in waits.text and f"{WAY}/file" not in waits.text
        assert refused.status_code == 422 and "复核通过后方可导出银行文件" in refused.text
        assert f'href="../../{WAY}"' in asked.text and "400.00 元" in asked.text
        assert ">1：打开核对<" in asked.text and ">payout" not in asked.text, "no code, and no bare address"
        assert "approval_id" not in refused.text
        assert "已复核，可送银行" in seen.text and "下载银行文件" in seen.text and "未回盘" in seen.text
        assert "P0000000001-01,6221550000000000001" in file.text
        assert 'filename="payout-batch-1.csv"' in file.headers["content-disposition"]
        looks = await rows_of(console, "subsidy", "SELECT operation, subject FROM person_lookups")
        assert ("get_payout_file", BUREAU) in looks
        assert f"{WAY}/file" not in (await finance.get(WAY)).text
        assert (await finance.get(f"{WAY}/file")).status_code == 403

    async def test_is_offered_to_its_second_person(self, console, made):
        finance = await console.signed_in(FINANCE, COUNTY)

        assert 'href="../approvals/subsidy/1"' in (await finance.get(WAY)).text
        assert "复核批次" not in (await made.get(WAY)).text

    async def test_shows_what_the_bank_answered(self, console, made, season):
        await agreed(console)
        form = await made.get(WAY)
        send = "money-files/payout_results?season=huining-2021"
        await season.results(
            1, ("P0000000001-01", "paid", 20_000, ""), ("P0000000002-01", "failed", 20_000, "户名不符")
        )

        seen = await made.get(WAY)

        assert f'href="../{send}"' in form.text and (await made.get(send)).status_code == 200
        assert "发放成功" in seen.text and "发放失败" in seen.text and "未回盘" not in seen.text
        assert "更正社保卡后，随下一批次发放" in seen.text

    async def test_that_is_refused_says_what_becomes_of_its_payouts(self, console, made):
        finance = await console.signed_in(FINANCE, COUNTY)
        form = await finance.get("approvals/subsidy/1")
        sure = await finance.press("下一步", form, decision="reject", note="金额有误")
        await finance.press("确认提交", sure)

        seen = await made.get(WAY)

        assert "复核未通过" in seen.text and "其中款项随下一批次发放" in seen.text
        assert f"{WAY}/file" not in seen.text and "payout_results" not in seen.text

    async def test_is_no_business_of_another_county_or_of_who_may_not_look(self, console, made):
        elsewhere = await console.signed_in(FINANCE, "350426")
        leader = await console.signed_in("leader", COUNTY)

        assert (await elsewhere.get(WAY)).status_code == 403
        assert (await leader.get(WAY)).status_code == 403
        assert (await made.get("payout-batches/99")).status_code == 404
