"""Files about money are sent from a page, taken in once, and what is wrong is said line by line."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.collection.conftest import Keys
from tests.unit.test_blank_tables import filled, offered

COUNTY = "350426"
COLLECTOR = """
    INSERT INTO collectors (county, division_code, channel, title, registered_by, registered_at)
    VALUES ('huining', '620422101201', 'cadre', '南关村', 'desk', now())
"""
ARRIVALS = "资助方,凭证号,金额（元）,到账时间\ncounty_finance,ZF-1,600.00,2020-12-28 10:00\n"


@pytest.fixture
async def services(service_context: Any) -> Any:
    collection = await service_context("collection", **Keys().settings())
    yield {
        "collection": collection,
        **{name: await service_context(name) for name in ("registration", "subsidy", "ledger")},
    }
    await collection.parts.commits.close()
    await collection.parts.placing.close()


async def send(browser: Any, way: str, content: str | bytes, name: str = "file.csv", **fields: str) -> Any:
    form = await browser.get(way)
    proof, key = (re.search(rf'name="{one}" value="([0-9a-f-]+)"', form.text) for one in ("form", "key"))
    data = {"form": proof[1], "key": key[1], **fields}
    body = content.encode() if isinstance(content, str) else content
    files = {"file": (name, body)} if name else None
    twice = [await browser.http.post(f"/{way}", data=data, files=files) for _ in range(2)]
    assert twice[0].status_code == twice[1].status_code
    return twice[0]


async def counted(console: Any, service: str, table: str) -> int:
    async with console.services[service].engine.connect() as conn:
        return int((await conn.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


class TestFiles:
    async def test_are_offered_by_role(self, console):
        finance = await console.signed_in("finance_officer", "620422")
        village = await console.signed_in("village_agent", "620422101201")
        leader = await console.signed_in("leader", "620422")

        own, theirs = await finance.get("files"), await village.get("files")

        assert 'href="./files"' in (await finance.get()).text
        assert "资助资金到账" in own.text and "财政配套到账" in own.text and "家庭与人员" not in own.text
        assert "现金收据" in theirs.text and "村级批次" in theirs.text and "渠道文件" not in theirs.text
        assert (await leader.get("files")).status_code == 403
        assert 'href="./files"' not in (await leader.get()).text
        assert (await village.get("money-files/channel")).status_code == 403
        assert (await finance.get("money-files/nothing")).status_code == 404

    async def test_of_arrivals_are_entered_once_and_shown(self, console):
        browser = await console.signed_in("finance_officer", "620422")
        way = "money-files/fund_arrivals?season=huining-2021"

        taken = await send(browser, way, ARRIVALS)

        assert taken.status_code == 200 and "已登记" in taken.text
        assert "ZF-1" in taken.text and "600.00" in taken.text
        way_back = re.search(r'href="\.\./(work/[a-z]+)"', taken.text)
        assert way_back and (await browser.get(way_back[1])).status_code == 200
        assert await counted(console, "subsidy", "fund_arrivals") == 1

    async def test_have_templates_that_are_filled_in_and_sent(self, console):
        finance = await console.signed_in("finance_officer", "620422")
        village = await console.signed_in("village_agent", "620422101201")
        shown = await finance.get("money-files/fund_arrivals?season=huining-2021")
        made = await finance.get("money-files/fund_arrivals/template?season=huining-2021")
        cash = await village.get("money-files/receipts/template?season=huining-2021")
        none = await finance.get("money-files/nothing/template")
        [payer, *_] = offered(made.content, "资助方")
        row = {"资助方": payer, "凭证号": "ZF-9", "金额（元）": 600, "到账时间": "2020-12-28 10:00"}

        done = await send(
            finance, "money-files/fund_arrivals?season=huining-2021", filled(made.content, row), "到账.xlsx"
        )

        assert "money-files/fund_arrivals/template" in shown.text
        assert "600.00 元" in done.text and await counted(console, "subsidy", "fund_arrivals") == 1
        assert offered(cash.content, "收款方式") == ["现金", "支票", "刷卡", "转账"]
        assert none.status_code == 404

    async def test_with_a_wrong_cell_say_the_line_and_the_mend_and_take_in_nothing(self, console):
        browser = await console.signed_in("finance_officer", "620422")
        way = "money-files/fund_arrivals?season=huining-2021"

        refused = await send(browser, way, ARRIVALS + "county_finance,ZF-2,六百,2020-12-28 10:00\n")
        missing = await send(browser, way, "", "")

        assert refused.status_code == 422 and "第 3 行" in refused.text and "金额请以元填写" in refused.text
        assert missing.status_code == 422 and "请选择要上传的文件" in missing.text
        assert await counted(console, "subsidy", "fund_arrivals") == 0

    async def test_of_channels_are_kept_to_be_read(self, console):
        browser = await console.signed_in("tax_officer", COUNTY)
        fields = {"channel": "wechat", "kind": "wechat_all", "business_on": "2019-11-20", "profile": ""}

        unchosen = await send(browser, "money-files/channel?season=youxi-2020", "a,b\n", kind="")
        taken = await send(browser, "money-files/channel?season=youxi-2020", "a,b\n", **fields)

        assert unchosen.status_code == 422 and "请填写“文件类型”" in unchosen.text
        assert taken.status_code == 200 and "读取后列出差异" in taken.text, taken.text
        assert await counted(console, "collection", "channel_files") == 1

    async def test_of_cash_ask_which_collector(self, console):
        async with console.services["collection"].engine.begin() as conn:
            await conn.execute(text(COLLECTOR))
        browser = await console.signed_in("township_officer", "620422")
        way = "money-files/receipts?season=huining-2021"

        form = await browser.get(way)
        unchosen = await send(browser, way, "证件号码,姓名,金额,收款时间\n")
        empty = await send(browser, way, "证件号码,姓名\n", collector_id="1")

        assert "南关村（620422101201）" in form.text
        assert unchosen.status_code == 422 and "请填写“收缴点”" in unchosen.text
        assert empty.status_code == 422 and "没有上传" in empty.text
        assert await counted(console, "collection", "cash_receipts") == 0
