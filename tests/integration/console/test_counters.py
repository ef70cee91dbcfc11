"""A bank's counter: somebody found by number and name, the money taken once, and paper that proves it."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.conftest import Browser
from tests.integration.console.test_receipts import applications, receipts, services, settled
from tests.integration.stories.conftest import tell
from tests.integration.stories.test_cash import collector

__all__ = ["applications", "services", "tell"]
AT = "2020-11-20T16:40:30+08:00"
COUNTY, VILLAGE = "620422", "620422101202"
SEASON = "season=huining-2021"
TYPED = {"amount_fen": "280.00", "paid_at": "2020-11-20 16:40", "voucher_no": ""}


@pytest.fixture
async def story(tell: Any) -> Any:
    """Two who have not paid, and a counter of a bank in town."""
    story = await tell("huining")
    story.people = [await story.person("2020-09-05") for _ in range(2)]
    story.purse = await collector(
        story, "2020-09-06", division="620422100000", channel="bank_counter", title="农商行营业部"
    )
    story.ids = [(await one.found())["person_id"] for one in story.people]
    return story


@pytest.fixture
async def village(story: Any) -> int:
    """Another place, of a village, which takes the money of its own people alone."""
    other = await collector(story, "2020-09-06", division=VILLAGE, title="另一个村")
    return int(other.collector_id)


async def at_work(console: Any, role: str = "bank_counter", division: str = COUNTY) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


async def found(bank: Browser, somebody: Any, **other: str) -> Any:
    """The page to which number and name lead."""
    typed = {"id_number": somebody.number, "name": somebody.name} | other
    return await bank.press("查询应缴", await bank.get(f"counter?{SEASON}"), **typed)


async def paper_of(bank: Browser, form: Any) -> dict[str, str]:
    """What is typed of a receipt, with the number of its paper where one is asked for."""
    return TYPED | {"voucher_no": "00120009" if 'name="voucher_no"' in form.text else ""}


async def looked_up(story: Any) -> set[str]:
    query = text("SELECT operation FROM person_lookups WHERE subject = 'bank_counter'")
    async with story.county.services["collection"].context.engine.connect() as conn:
        return set((await conn.execute(query)).scalars())


class TestTheCounter:
    async def test_finds_one_person_takes_the_money_once_and_prints_the_voucher(self, story, console):
        bank = await at_work(console)
        home = await bank.get()
        assert '<a href="./counter"' in home.text and 'href="./find"' not in home.text

        assert re.search(r'name="id_number"[^>]* autofocus', (await bank.get(f"counter?{SEASON}")).text)
        form = await found(bank, story.people[0])
        assert form.url.path == f"/counter/{story.ids[0]}", form.text
        assert story.people[0].number not in str(form.url) and "尚未缴费，应缴 280 元" in form.text
        assert 'value="280.00"' in form.text and "农商行营业部" in form.text
        typed = await paper_of(bank, form)
        done, again = [await bank.press("收款", form, **typed) for _ in range(2)]

        assert "收款已登记" in done.text and done.url == again.url
        assert "正在入账" in done.text and "请勿重复收款" in done.text
        assert await receipts(story) == [(28000, 0, "bank_counter")]
        await settled(story)
        applied = await bank.get(str(done.url).partition("canbao.test/")[2])
        assert "正在入账" not in applied.text and "电子票据" in applied.text
        voucher = await bank.get(f"counter/{story.ids[0]}/voucher?{SEASON}")
        number = re.search(r"<dd>(\d{22})</dd>", voucher.text)
        assert number and number[1] in applied.text
        assert "280.00 元" in voucher.text and "张*" in voucher.text
        assert not re.search(r"<dd>\s*</dd>", voucher.text), "nothing stands there without what it is"
        assert story.people[0].number not in voucher.text
        assert {"search_dues", "get_desk_due", "record_cash_receipts", "get_voucher"} <= await looked_up(
            story
        )

        after = await found(bank, story.people[0])
        assert "不要再收款" in after.text and "<button" not in after.text.partition("<main")[2]
        typed_in = await bank.get(f"counter/{story.ids[0]}?{SEASON}&more=yes")
        assert "不要再收款" in typed_in.text and ">收款</button>" not in typed_in.text
        await bank.send("language", language="en")
        assert "take no money" in (await bank.get(f"counter/{story.ids[0]}?{SEASON}")).text

    async def test_shows_its_cash_in_hand_and_by_when_it_is_due(self, story, console):
        bank = await at_work(console)
        before = await bank.get(f"counter?{SEASON}")
        form = await found(bank, story.people[0])
        await bank.press("收款", form, **await paper_of(bank, form))

        after = await bank.get(f"counter?{SEASON}")

        number = story.purse.collector_id
        assert "0.00 元" in before.text and "280.00 元（1 张）" in after.text
        assert f'href="./receipts?collector={number}"' in after.text
        assert f'href="./deposits/new?collector={number}&amp;year=2021"' in after.text
        assert "280.00" in (await bank.get(f"receipts?collector={number}")).text

    async def test_says_above_what_was_typed_that_nobody_is_found(self, story, console):
        bank = await at_work(console)

        wrong = await found(bank, story.people[0], name="李四")
        odd = await found(bank, story.people[0], id_number="123456")
        short = await found(bank, story.people[0], name="")

        assert wrong.status_code == odd.status_code == short.status_code == 422
        assert 'value="李四"' in wrong.text and story.people[0].number in wrong.text
        assert "没有提交" in odd.text and "请填写“姓名”" in short.text
        assert "填写有误" not in wrong.text

    async def test_issues_a_receipt_with_the_full_name_as_pdf(self, story, console):
        bank = await at_work(console)
        form = await bank.get(f"counter/certificates/new?{SEASON}")
        typed = {"kind": "receipt", "id_number": story.people[0].number, "name": story.people[0].name}
        early = await bank.press("开具", form, **typed)
        desk = await found(bank, story.people[0])
        await bank.press("收款", desk, **await paper_of(bank, desk))
        await settled(story)

        form = await bank.get(f"counter/certificates/new?{SEASON}")
        made, again = [await bank.press("开具", form, **typed) for _ in range(2)]

        assert early.status_code == 422 and "没有提交" in early.text
        assert "已开具" in made.text and made.url == again.url and "280.00 元" in made.text
        href = re.search(r'href="\.\./\.\./(counter/certificates/Z\d{22}/file)"', made.text)
        assert href is not None
        pdf = await bank.get(href[1])
        assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF")

    async def test_chooses_its_place_where_there_are_several(self, story, village, console):
        bank = await at_work(console)

        places = await bank.get(f"counter?{SEASON}")
        way = f"counter?{SEASON}&collector={story.purse.collector_id}"

        assert places.url.path == "/counter/places/huining-2021"
        assert "另一个村" in places.text and "农商行营业部" in places.text
        assert "农商行营业部" in (await bank.get(way)).text
        assert (await bank.get(f"counter/{story.ids[0]}?{SEASON}&collector=9999")).status_code == 404

    async def test_of_a_village_takes_no_money_of_other_places_and_says_where_to_go(
        self, story, village, console
    ):
        bank = await at_work(console)
        way = f"counter?{SEASON}&collector={village}"
        typed = {"id_number": story.people[0].number, "name": story.people[0].name}

        refused = await bank.press("查询应缴", await bank.get(way), **typed)

        assert refused.status_code == 422 and "本收缴点不收取此人的款项" in refused.text

    async def test_is_no_business_of_other_roles_or_places(self, story, console):
        for role in ("tax_officer", "township_officer"):
            browser = await at_work(console, role)
            for more in ("", f"/{story.ids[0]}", f"/{story.ids[0]}/voucher", "/certificates/new"):
                assert (await browser.get(f"counter{more}?{SEASON}")).status_code == 403
        elsewhere = await at_work(console, "village_agent", "620422102201")
        own = f"counter/{story.ids[0]}?{SEASON}&collector={story.purse.collector_id}"
        assert (await elsewhere.get(own)).status_code == 404
