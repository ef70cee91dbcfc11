"""A payer at the mini-program: from what the family owes to vouchers, over the API of collection alone."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from canbao.miniprogram.app import Program, application
from canbao.miniprogram.backend import Backend, Place
from canbao.miniprogram.wallet import Wallet
from libs.common.security.scopes import ROLES
from tests.integration.collection.conftest import (
    LATER_PRICE,
    NOW,
    PRICE,
    Counter,
    counter,
    id_number,
    keys,
    name,
    season,
    states,
)

__all__ = ["counter", "keys"]
_FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r"<input([^>]*)>")


@dataclass
class Phone:
    """What a phone's browser does with the pages."""

    http: httpx.AsyncClient
    counter: Counter

    async def get(self, path: str = "") -> httpx.Response:
        return await self.http.get(f"/{path}", follow_redirects=True)

    async def press(self, button: str, page: httpx.Response, **typed: str | None) -> httpx.Response:
        """Send the form that has the button: what is hidden, ticked and typed. None unticks."""
        for action, inside in _FORM.findall(page.text):
            if f">{button}</button>" in inside:
                data: dict[str, str | None] = {}
                for one in map(str, _INPUT.findall(inside)):
                    own = dict(re.findall(r'([\w-]+)="([^"]*)"', one))
                    if 'type="hidden"' in one or " checked" in one:
                        data[own["name"]] = unescape(own.get("value", ""))
                data |= typed
                sent = {key: value for key, value in data.items() if value is not None}
                url = urljoin(str(page.url), action)
                return await self.http.post(url, data=sent, follow_redirects=True)
        raise AssertionError(f"there is no button {button}")

    async def searched(self, person: int = 1) -> httpx.Response:
        return await self.press("查询", await self.get(), number=id_number(person), name=name(person))


@pytest.fixture
async def phone(counter: Counter, signing_key: Any) -> AsyncIterator[Phone]:
    app = counter.http._transport.app  # type: ignore[attr-defined]

    def token() -> str:
        return str(
            signing_key.issue("app", ROLES["mini_program"], "*", "mini_program", channel="minshuitong")
        )

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as services:
        url = "http://collection"
        backend = Backend(services, url, token, Place("youxi", 2020, "wechat"), NOW)
        program = Program(backend, Wallet(services, url, counter.keys.wechat()), "尤溪县", "Youxi County")
        transport = httpx.ASGITransport(application(program))
        async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as http:
            yield Phone(http, counter)


async def test_a_payer_comes_from_what_is_owed_to_vouchers_for_the_family(phone, counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))

    dues = await phone.searched()
    assert "本人和家人" in dues.text and dues.text.count("250.00 元") == 2
    order = await phone.press("下一步", dues)
    assert "待支付" in order.text and "500.00 元" in order.text
    waits = await phone.press("支付（模拟钱包）", order)
    assert "确认中" in waits.text and 'http-equiv="refresh"' in waits.text
    await counter.match()
    paid = await phone.get("order")
    assert "缴费成功" in paid.text and paid.text.count(">缴费凭证</a>") == 2

    numbers = re.findall(r'href="[./]*vouchers/(\d+)"', paid.text)
    voucher = await phone.get(f"vouchers/{numbers[0]}")
    assert "有效" in voucher.text and "250.00 元" in voucher.text and numbers[0] in voucher.text
    (payment,) = (await counter.http.get("/v1/payments?person_id=1")).json()["items"]
    assert (payment["amount_fen"], states(payment)) == (2 * PRICE, [("applied", None)] * 2)
    assert "目前没有可缴的费用" in (await phone.get("dues")).text


async def test_one_member_can_be_paid_for_alone_and_twice_pressed_is_one_order(phone, counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    dues = await phone.searched()

    first = await phone.press("下一步", dues, **{"person-2": None})
    again = await phone.press("下一步", dues, **{"person-2": None})

    assert "250.00 元" in first.text and "500.00 元" not in first.text and "待支付" in again.text
    assert await counter.count("orders") == 1
    assert (
        "请选择为谁缴费" in (await phone.press("下一步", dues, **{"person-1": None, "person-2": None})).text
    )


async def test_paying_twice_is_one_payment(phone, counter):
    await counter.tell(counter.assessed(1))
    order = await phone.press("下一步", await phone.searched())

    await phone.press("支付（模拟钱包）", order)
    await phone.press("支付（模拟钱包）", order)
    await counter.match()

    assert await counter.count("payments") == 1


async def test_a_price_that_changed_meanwhile_is_said_before_anything_is_paid(phone, counter):
    await counter.tell(counter.assessed(1))
    dues = await phone.searched()
    await counter.tell(counter.assessed(1, revision=2, schedule=season(LATER_PRICE)))

    order = await phone.press("下一步", dues)

    assert "查询时为 250.00 元，现为 280.00 元" in order.text and "支付（模拟钱包）" in order.text
    await counter.tell(counter.assessed(1, revision=3))
    closed = await phone.press("支付（模拟钱包）", order)
    assert "应缴金额已变动，订单已关闭" in closed.text and "未扣款" in closed.text
    await counter.match()
    assert await counter.count("payments") == 0


async def test_who_was_paid_for_elsewhere_is_not_paid_for_again(phone, counter):
    await counter.tell(counter.assessed(1))
    order = await phone.press("下一步", await phone.searched())
    await counter.pay("T-1", 1)
    await counter.match()

    closed = await phone.press("支付（模拟钱包）", order)

    assert "已通过其他途径缴费" in closed.text and "未扣款" in closed.text
    assert await counter.count("payments") == 1
    assert "目前没有可缴的费用" in (await phone.get("dues")).text


async def test_money_that_came_twice_is_said_to_wait(phone, counter):
    await counter.tell(counter.assessed(1))
    order = await phone.press("下一步", await phone.searched())
    await counter.notify("T-1", 1)
    await phone.press("支付（模拟钱包）", order)
    await counter.match()

    page = await phone.get("order")

    assert "未扣款" not in page.text and "缴费成功" not in page.text and "refresh" not in page.text
    assert "由税务部门" in page.text
    assert await counter.count("payments") == 2


async def test_a_wallet_that_fails_can_be_used_again(phone, counter):
    await counter.tell(counter.assessed(1))
    order = await phone.press("下一步", await phone.searched())
    app = phone.http._transport.app
    wallet, own = app.state.program.wallet, app.state.program.wallet._url
    wallet._url = f"{own}/nowhere"

    failed = await phone.press("支付（模拟钱包）", order)

    assert failed.status_code == 503 and "支付未完成" in failed.text
    wallet._url = own
    assert "确认中" in (await phone.press("支付（模拟钱包）", failed)).text


async def test_an_order_is_given_up_and_its_people_are_free_again(phone, counter):
    await counter.tell(counter.assessed(1))
    order = await phone.press("下一步", await phone.searched())

    cancelled = await phone.press("取消订单", order)

    assert "已取消" in cancelled.text
    assert "待支付" in (await phone.press("下一步", await phone.get("dues"))).text


async def test_what_the_api_refuses_is_said_in_its_own_words_and_what_was_typed_stays(phone, counter):
    await counter.tell(counter.assessed(1))

    page = await phone.press("查询", await phone.get(), number=id_number(1), name="别人")

    assert page.status_code == 422 and 'role="alert"' in page.text and f'value="{id_number(1)}"' in page.text


async def test_the_calls_are_shown_without_numbers_and_names(phone, counter):
    await counter.tell(counter.assessed(1))

    dues = await phone.searched()

    assert "/collection/v1/dues/search" in dues.text and "is_payer" in dues.text
    assert id_number(1) not in dues.text and name(1) not in dues.text
    assert all(id_number(1) not in value for value in phone.http.cookies.values())


async def test_vouchers_of_others_and_pages_without_a_visit_lead_to_the_beginning(phone, counter):
    await counter.tell(counter.assessed(1))
    for path in ("dues", "order", "vouchers/3504262019112000000178"):
        assert "我该缴多少" in (await phone.get(path)).text
    dues = await phone.searched()
    for path in ("order", "vouchers/3504262019112000000178", "no-such-page"):
        assert "本人和家人" in (await phone.get(path)).text

    left = await phone.press("退出", dues)

    assert "我该缴多少" in left.text
    late = await phone.press("下一步", dues)
    assert "我该缴多少" in late.text and "半小时未操作，请重新查询" in late.text
    assert await counter.count("orders") == 0


async def test_it_speaks_english_too(phone, counter):
    await counter.tell(counter.assessed(1))
    await phone.http.post("/language", data={"language": "en", "then": ""})

    page = await phone.press("Search", await phone.get(), number=id_number(1), name=name(1))

    assert '<html lang="en"' in page.text and "You and your family" in page.text


async def test_services_that_do_not_answer_are_said(phone, counter):
    await counter.tell(counter.assessed(1))
    await phone.searched()

    class Away(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("away", request=request)

    app = phone.http._transport.app
    async with httpx.AsyncClient(transport=Away()) as away:
        app.state.program.backend._http = away
        page = await phone.get("dues")

    assert page.status_code == 503 and "服务暂时没有应答" in page.text
