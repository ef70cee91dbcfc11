"""Whoever holds a voucher checks it at the console, without signing in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.security.tokens import Authenticator
from tests.integration.collection.conftest import NOW, Counter, keys

__all__ = ["keys"]


@pytest.fixture
async def services(service_context: Any, keys: Any) -> dict[str, Any]:
    return {"collection": await service_context("collection", **keys.settings())}


@pytest.fixture
async def counter(console: Any, keys: Any, client: Any, signing_key: Any) -> AsyncIterator[Counter]:
    """Those who pay at the collection that the console asks."""
    context = console.services["collection"]
    context.authenticator = Authenticator(signing_key.jwks())
    http = await client(context, app=console.sent.apps["collection"].app)
    http.headers[CLOCK_HEADER] = NOW.isoformat()
    yield Counter(context, http, keys)
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def voucher(counter: Counter) -> dict[str, Any]:
    """The voucher of somebody who has paid."""
    await counter.tell(counter.assessed(1))
    payment = await counter.pay("T1", 1)
    found = await counter.http.get(f"/v1/vouchers/{payment['lines'][0]['voucher_no']}")
    return dict(found.json())


async def test_a_voucher_that_stands_is_said_to_and_what_it_says_is_masked(console, voucher):
    browser = await console.browse()
    form = await browser.get(f"check?no={voucher['voucher_no']}")
    assert f'value="{voucher["voucher_no"]}"' in form.text

    page = await browser.press("查验", form, number=voucher["voucher_no"], code=voucher["code"].lower())

    assert page.status_code == 200 and "凭证属实，有效" in page.text
    assert "林**" in page.text and "尤溪县" in page.text and "250.00 元" in page.text
    assert console.sent.tokens == [""]


async def test_a_wrong_code_is_like_a_number_that_nobody_knows(console, voucher):
    browser = await console.browse()
    form = await browser.get("check")

    page = await browser.press("查验", form, number=voucher["voucher_no"], code="AAAA-AAAA")

    assert "未查到该凭证" in page.text and "林**" not in page.text


async def test_what_is_typed_wrongly_is_named_and_stays(console, voucher):
    browser = await console.browse()
    form = await browser.get("check")

    for number, code, says in (
        ("", "A", "请填写“凭证号”"),
        ("1234", "A", "凭证号"),
        ("9" * 41, "A", "最多 40"),
    ):
        page = await browser.press("查验", form, number=number, code=code)
        assert page.status_code == 422 and "没有查验" in page.text and says in page.text
        assert f'value="{number}"' in page.text


async def test_a_voucher_of_money_that_went_back_is_genuine_and_void(console, voucher, counter):
    await counter.tell(counter.refunded(voucher["payment_id"], 1, "paid"))
    browser = await console.browse()
    form = await browser.get("check")

    page = await browser.press("查验", form, number=voucher["voucher_no"], code=voucher["code"])

    assert "已作废" in page.text


async def test_a_service_that_is_away_is_said_and_nobody_signs_in_for_it(console, voucher):
    console.sent.apps.pop("collection")
    browser = await console.browse()
    form = await browser.get("check")
    assert 'href="./check"' in (await browser.get("sign-in")).text

    page = await browser.press("查验", form, number=voucher["voucher_no"], code=voucher["code"])

    assert page.status_code == 503 and "服务暂时无法连接" in page.text
