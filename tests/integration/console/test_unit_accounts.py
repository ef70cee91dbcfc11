"""The account of a unit: recorded by offices of the county, beside the one that it takes the place of."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.test_units import AT, clerk
from tests.integration.console.test_village_batches import applications, go, settled, twice
from tests.integration.stories.conftest import tell
from tests.integration.stories.test_units import open_unit

__all__ = ["applications", "open_unit", "tell"]


@pytest.fixture
async def one(tell: Any, open_unit: Any) -> AsyncIterator[Any]:
    """Songming: a vocational school whose account nobody recorded yet."""
    story = await tell("songming")
    made = SimpleNamespace(story=story)
    made.school = await open_unit(story, "vocational-schools", "school", "2017-10-15")
    made.own = {name: service.context.authenticator for name, service in story.county.services.items()}
    yield made
    await settled(made)


@pytest.fixture
async def services(one: Any) -> dict[str, Any]:
    return {name: running.context for name, running in one.story.county.services.items()}


@pytest.fixture
def way(one: Any) -> str:
    return f"units/{one.school.unit_id}"


async def test_the_bureau_records_the_account_of_a_unit_and_what_it_replaces(one, console, way):
    bureau = await console.signed_in("medical_insurance_officer", "530127")
    bureau.http.headers[CLOCK_HEADER] = AT
    form = await go(bureau, await bureau.get(way), "登记单位账户")
    assert "已登记账户" in form.text and ">无<" in form.text
    account = {"account_no": "2419 2000 0000 0018", "bank": "农业银行", "holder": "职业中学"}
    wrong = await bureau.press("下一步", form, **account | {"account_no": "24192A"})
    assert wrong.status_code == 422 and 'href="#account_no"' in wrong.text
    sure = await bureau.press("下一步", form, **account)
    assert "2419 2000 0000 0018" in sure.text and "请核对" not in sure.text and "替换" not in sure.text
    page = await twice(bureau, form, **account)
    assert "单位账户已登记" in page.text

    form = await go(bureau, page, "登记单位账户")
    assert "0018，农业银行，职业中学" in form.text and "2419200000000018" not in form.text
    other = account | {"account_no": "2419200000000026", "holder": "张三"}
    sure = await bureau.press("下一步", form, **other)
    assert "户名与单位名称“职业中学”不一致" in sure.text and "原账户不再使用" in sure.text
    refused = await bureau.press("下一步", form, **other | {"bank": "农业,银行"})
    refused = await bureau.press("确认提交", refused)
    assert refused.status_code == 422 and 'href="#bank"' in refused.text
    assert "与已登记的账户相同" in (await twice(bureau, form, **account)).text
    form = await bureau.get(f"{way}/account")
    await twice(bureau, form, **other)
    async with console.services["subsidy"].engine.connect() as conn:
        query = "SELECT right(account_masked, 4), replaced_at IS NULL FROM cards ORDER BY card_id"
        kept = [tuple(row) for row in await conn.exec_driver_sql(query)]
        query = "SELECT DISTINCT operation FROM person_lookups WHERE subject = 'medical_insurance_officer'"
        looks = set((await conn.exec_driver_sql(query)).scalars())
    assert kept == [("0018", False), ("0026", True)]
    assert {"get_unit_account", "record_unit_account"} <= looks


async def test_the_account_of_a_unit_is_for_offices_of_the_whole_county(one, console, way):
    clerks = await clerk(console)
    town = await console.signed_in("township_officer", "530127100")
    auditor = await console.signed_in("auditor", "530127")
    for browser in (clerks, town, auditor):
        assert "登记单位账户" not in (await browser.get(way)).text
        assert (await browser.get(f"{way}/account")).status_code == 403
        assert (await browser.send(f"{way}/account")).status_code == 403
