"""Collectors bring cash to the bank: recorded with its receipts, photographed, mended, and taken back."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.integration.console.conftest import Browser
from tests.integration.console.test_village_batches import (
    applications,
    asks,
    at_work,
    by_own_tokens,
    go,
    services,
    settled,
    tell,
    twice,
)
from tests.integration.stories.test_batches import village
from tests.integration.stories.test_cash import village_of
from tests.integration.stories.test_slips import BACK, JPEG, PLAIN

__all__ = ["applications", "services", "tell"]
NOW = "2020-11-20T17:30:00+08:00"
_SLIPS = (
    "SELECT slip_no, amount_fen, covered_fen, made_good_fen, state FROM cash_deposits ORDER BY deposit_id"
)
_IN_HAND = "SELECT count(*)::integer FROM cash_receipts WHERE deposit_id IS NULL"


@pytest.fixture
async def one(tell: Any) -> AsyncIterator[Any]:
    """Huining: a village takes 280 yuan of each with a paper for each, and brings it on the same day."""
    one = await village(tell, "huining", 3, "2020-09-05", 280)
    one.place = village_of(one.story)
    one.own = {name: service.context.authenticator for name, service in one.story.county.services.items()}
    yield one
    await settled(one)


@pytest.fixture
async def taken(one: Any, console: Any) -> None:
    """Two receipts in hand."""
    with by_own_tokens(one):
        for who in one.people[:2]:
            await one.purse.takes(who, yuan=280, paid_at="2020-11-20 16:40:00")


@pytest.fixture
def way(one: Any) -> str:
    return f"deposits/new?collector={one.purse.collector_id}&year=2021"


def slip(**more: str) -> dict[str, str]:
    return {
        "slip_no": "NS-1", "amount_fen": "560.00", "deposited_at": "2020-11-20 17:20", "bank_reference": "",
        "which": "all", **more,
    }  # fmt: skip


@pytest.fixture
def photographs() -> Callable[..., Awaitable[httpx.Response]]:
    async def send(browser: Browser, form: httpx.Response, content: bytes | None) -> httpx.Response:
        """Send a photo by the form of a page."""
        hidden = dict(re.findall(r'type="hidden" name="(form|key)" value="([^"]+)"', form.text))
        files = {"file": ("slip.jpg", content if content is not None else b"")} if content is not None else {}
        data = {name: (None, value) for name, value in hidden.items()}
        return await browser.http.post(str(form.url), files={**data, **files}, follow_redirects=True)

    return send


async def test_what_is_in_hand_is_brought_to_the_bank_once_however_often_it_is_sent(one, console, taken, way):
    agent = await at_work(console, "village_agent", one.place, NOW)
    listed = await agent.get("work/cash")
    assert f'href="../{way.replace("&", "&amp;")}"' in listed.text and 'href="../deposits"' in listed.text
    form = await agent.get(way)
    assert form.text.count('type="checkbox"') == 2 and 'value="2020-11-20 17:30"' in form.text
    missing = await agent.press("下一步", form, **slip(slip_no="", amount_fen="-5"))
    assert (
        missing.status_code == 422
        and "请填写“存款单号”" in missing.text
        and 'href="#amount_fen"' in missing.text
    )
    none = await agent.press("下一步", form, **slip(which="some"))
    assert none.status_code == 422 and "请至少勾选一张收据" in none.text
    sure = await agent.press("下一步", form, **slip(amount_fen="500"))
    assert "少存 60.00 元：可以登记" in sure.text and await asks(one, _SLIPS) == []
    page = await twice(agent, form, **slip())

    assert await asks(one, _SLIPS) == [("NS-1", 56000, 56000, 0, "made")]
    assert await asks(one, _IN_HAND) == [(0,)]
    assert "解款已登记" in page.text and "NS-1" in page.text and "撤销解款" not in page.text
    assert page.text.count('data-of="收款时间"') == 2
    again = await agent.press("确认提交", await agent.press("下一步", await agent.get(way), **slip()))
    assert again.status_code == 422 and "存款单号" in again.text
    assert len(await asks(one, _SLIPS)) == 1
    assert "没有未解款的现金" in (await agent.get("work/cash")).text
    assert ">NS-1<" in (await agent.get(f"deposits?part={one.purse.collector_id}")).text


async def test_what_a_slip_missed_is_brought_later_and_what_it_brought_too_much_finds_its_receipts(
    one, console, taken, way
):
    agent = await at_work(console, "village_agent", one.place, NOW)
    form = await agent.get(way)
    first, second = re.findall(r'name="(receipt_\d+)"', form.text)
    page = await twice(agent, form, **slip(which="some", amount_fen="250"), **{first: "yes"})
    assert "少存 30.00 元" in page.text and await asks(one, _IN_HAND) == [(1,)]
    form = await go(agent, page, "补缴差额")
    page = await twice(agent, form, **slip(slip_no="NS-2", amount_fen="30.00"))
    assert "少存" not in page.text
    assert await asks(one, _SLIPS) == [("NS-1", 25000, 28000, 3000, "made"), ("NS-2", 3000, 0, 0, "made")]

    form = await agent.get(way)
    none_of_it = await twice(agent, form, **slip(slip_no="NS-3", amount_fen="560", which="all"))
    assert "多存 280.00 元" in none_of_it.text
    with by_own_tokens(one):
        await one.purse.takes(one.people[2], yuan=280, paid_at="2020-11-20 16:50:00")
    form = await go(agent, none_of_it, "补列收据")
    assert second not in form.text
    (third,) = re.findall(r'name="(receipt_\d+)"', form.text)
    page = await twice(agent, form, **{third: "yes"})
    assert (await asks(one, _SLIPS))[2] == ("NS-3", 56000, 56000, 0, "made") and await asks(
        one, _IN_HAND
    ) == [(0,)]


async def test_photos_are_kept_and_seen_by_who_looks_after_cash(one, console, taken, way, photographs):
    agent = await at_work(console, "village_agent", one.place, NOW)
    page = await twice(agent, await agent.get(way), **slip())
    form = await go(agent, page, "添加照片")
    assert "请选择要上传的文件" in (await photographs(agent, form, None)).text
    odd = await photographs(agent, form, b"MZ no photo")
    assert odd.status_code == 422 and "不能作为存款单照片" in odd.text
    huge = await photographs(agent, form, JPEG + b"\0" * (9 * 1024 * 1024))
    assert huge.status_code == 422 and "照片过大" in huge.text
    done, again = [await photographs(agent, form, JPEG) for _ in range(2)]
    assert "照片已保存" in done.text and "照片已保存" in again.text
    back = await photographs(agent, await agent.get(page.url.path[1:] + "/photo"), BACK)
    assert back.text.count("PNG") == 1
    kept = await asks(one, "SELECT photo_no, media_type, entered_by FROM deposit_photos ORDER BY photo_no")
    assert kept == [(1, "image/jpeg", "village_agent"), (2, "image/png", "village_agent")]
    where = page.url.path[1:]
    assert "由乡镇、税务和财政查看" in back.text
    assert (await agent.get(f"{where}/photos/1")).status_code == 403
    assert "<img" not in (await agent.get(f"{where}?photo=1")).text

    town = await at_work(console, "township_officer", one.place[:9], NOW)
    seen = await town.get(f"{where}?photo=1")
    assert f'<img src="../{where}/photos/1" alt="照片：解款 ' in seen.text
    assert "<img" not in (await town.get(where)).text
    photo = await town.get(f"{where}/photos/1")
    assert photo.headers["content-type"] == "image/jpeg" and photo.content == PLAIN
    assert photo.headers["cache-control"] == "no-store"
    looks = "SELECT purpose FROM person_lookups WHERE operation = 'get_deposit_photo'"
    assert await asks(one, looks) == [("photo 1 of deposit 1",)]
    assert (await town.get(f"{where}/photos/3")).status_code == 404


async def test_a_wrong_slip_is_taken_back_by_who_looks_after_cash_alone(one, console, taken, way):
    agent = await at_work(console, "village_agent", one.place, NOW)
    page = await twice(agent, await agent.get(way), **slip())
    where = page.url.path[1:]
    assert (await agent.get(f"{where}/withdraw")).status_code == 403
    leader = await at_work(console, "leader", one.place[:6], NOW)
    for path in (where, "deposits", way, f"{where}/photo"):
        assert (await leader.get(path)).status_code == 403
    tax = await at_work(console, "tax_officer", one.place[:6], "2020-11-20T18:00:00+08:00")
    assert (await tax.get(way)).status_code == 403
    assert (await tax.send(where + "/photo")).status_code == 403
    form = await go(tax, await tax.get(where), "撤销解款")
    assert (await tax.press("下一步", form, reason="")).status_code == 422
    assert await asks(one, _IN_HAND) == [(0,)]
    page = await twice(tax, form, reason="单号录入错误")
    assert "解款已撤销" in page.text and "撤销解款" not in page.text
    assert await asks(one, _SLIPS) == [("NS-1", 56000, 56000, 0, "withdrawn")]
    assert await asks(one, _IN_HAND) == [(2,)]
    other = await at_work(console, "bank_counter", one.place[:8] + "9201", NOW)
    assert (await other.get(where)).status_code == 403
    assert (await other.get(way)).status_code == 404
    assert (await tax.get("deposits/999999")).status_code == 404
    await tax.send("language", language="en", then="")
    assert "Deposits at the bank" in (await tax.get("deposits")).text
