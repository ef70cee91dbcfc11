"""Money taken at the door: recorded from the village's list by keyboard alone, taken back by an officer."""

import base64
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from services.registration.imports.worker import import_next
from tests.integration.console.conftest import Browser
from tests.integration.registration.builders import csv_of, number
from tests.integration.registration.test_surveys import HEADER
from tests.integration.stories.conftest import tell
from tests.integration.stories.test_cash import collector

__all__ = ["tell"]
AT = "2020-11-20T16:40:30+08:00"
VILLAGE = "620422101201"
#: Behind which nobody stands on a list.
_LAST_OF_ALL = base64.urlsafe_b64encode(b'["999999999999","9",1,1]').decode()
_FOCUS = re.compile(r'<a class="button" href="([^"]+)" autofocus[^>]*aria-label="收款：([^"]+)"')


@pytest.fixture
async def story(tell: Any) -> Any:
    """Two who have not paid, and where their village takes money with a paper for each person."""
    story = await tell("huining")
    story.people = [await story.person("2020-09-05") for _ in range(2)]
    story.purse = await collector(story, "2020-09-06", division=VILLAGE, title="南关村收缴点")
    story.ids = [(await one.found())["person_id"] for one in story.people]
    story.own = {name: one.context.authenticator for name, one in story.county.services.items()}
    return story


@pytest.fixture
async def services(story: Any) -> dict[str, Any]:
    return {name: story.county.services[name].context for name in ("registration", "collection")}


@pytest.fixture
async def applications(story: Any) -> dict[str, Any]:
    return {name: one.http._transport.app for name, one in story.county.services.items()}


@pytest.fixture
async def unregistered(story: Any) -> int:
    """More people than fit on a page whom the village has to ask, and who come before the two."""
    rows = [[str(no), VILLAGE, "户主", f"村民{no}", number(), *[""] * 6] for no in range(1001, 1052)]
    registration = story.county.services["registration"]
    sent = await registration.http.post(
        "/v1/imports", files={"file": ("base.csv", csv_of([HEADER, *rows]))},
        data={"kind": "survey", "county": "huining", "coverage_year": "2021"},
        headers={CLOCK_HEADER: "2020-09-05T10:00:00+08:00", "idempotency-key": f'"{uuid.uuid4()}"'},
    )  # fmt: skip
    assert sent.status_code == 202, sent.text
    while await import_next(registration.context):
        pass
    return len(rows)


async def at_work(console: Any, role: str, division: str) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


async def settled(story: Any) -> None:
    story.county.services["collection"].stir()
    await story.county.settle()


async def back_to(story: Any) -> None:
    """Let the story ask its services again by its own tokens."""
    for name, one in story.own.items():
        story.county.services[name].context.authenticator = one


async def receipts(story: Any) -> list[tuple[Any, ...]]:
    query = text("SELECT amount_fen, returned_fen, entered_by FROM cash_receipts ORDER BY receipt_id")
    async with story.county.services["collection"].context.engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(query)]


def focused(page: Any) -> tuple[str, str]:
    """What Enter would follow."""
    (found,) = _FOCUS.findall(page.text)
    return found[0].replace("&amp;", "&").removeprefix("./").removeprefix("../"), found[1]


async def test_a_village_records_money_with_enter_and_enter_and_is_at_the_next_person(story, console):
    village = await at_work(console, "village_agent", VILLAGE)

    listed = await village.get("work/unpaid?season=huining-2021")
    assert "登记收款" in listed.text
    page = await village.get("collect?season=huining-2021")
    where, _ = focused(page)
    form = await village.get(where)
    assert "尚未缴费，应缴 280 元" in form.text and 'value="280.00"' in form.text
    assert re.search(r'name="voucher_no"[^>]* autofocus', form.text) and "<button>收款</button>" in form.text
    assert 'value="2020-11-20 16:40"' in form.text
    typed = {"amount_fen": "280.00", "paid_at": "2020-11-20 16:40", "voucher_no": ""}
    missing = await village.press("收款", form, **typed)
    assert missing.status_code == 422 and "请填写“票据号码”" in missing.text
    typed["voucher_no"] = "00120009"
    done = await village.press("收款", form, **typed)
    again = await village.press("收款", form, **typed)

    assert "收款已登记" in done.text and "收款已登记" in again.text
    assert await receipts(story) == [(28000, 0, "village_agent")]
    next_where, _ = focused(done)
    assert next_where.partition("?")[0] != where.partition("?")[0]
    filled = (await village.get(next_where)).text
    assert 'value="00120010"' in filled and "<button autofocus>收款</button>" in filled

    await settled(story)
    assert "全部人员已缴费" not in (await village.get("collect?season=huining-2021")).text
    back = await village.get(where)
    assert "已于 2020-11-20 缴费" in back.text and 'value="280.00"' not in back.text
    assert "已缴费，不要再收款。" in back.text and ">收款</button>" not in back.text
    assert "下一位" in back.text
    await back_to(story)
    states = sorted([await one.state() for one in story.people])
    assert states.count("paid") == 1


async def test_a_page_of_unregistered_people_alone_says_so_and_goes_on_to_the_next(
    story, unregistered, console
):
    village = await at_work(console, "village_agent", VILLAGE)

    first = await village.get("collect?season=huining-2021")
    assert "本页人员均未登记参保，50 人" in first.text and "全部人员已缴费" not in first.text
    (way,) = re.findall(r'href="\./([^"]+)">下一页', first.text)
    second = await village.get(way.replace("&amp;", "&"))

    assert f"本页另有 {unregistered - 50} 人未登记参保" in second.text
    assert second.text.count('aria-label="收款：') == 2 and "下一页" not in second.text
    away = await village.get(f"{way.replace('&amp;', '&')}&last={story.ids[0]}")
    assert away.text.count('aria-label="收款：') == 1
    await village.send("language", language="en", then="")
    english = await village.get(first.url.path[1:])
    assert "Nobody on this page is registered (50 people)" in english.text


async def test_what_somebody_unregistered_answered_is_written_down_too(story, unregistered, console):
    village = await at_work(console, "village_agent", VILLAGE)
    listed = await village.get("work/unpaid?season=huining-2021")
    way = re.search(r'href="\.\./(surveys/[^"]+)"', listed.text)[1].replace("&amp;", "&")

    form = await village.get(way)
    typed = {"answer": "not_here-moved", "proof": "迁移证明", "said_by": "邻居"}
    typed |= {"said_at": "2020-11-20 16:30", "means": "phone", "outcome": "other"}
    vague = await village.press("保存", form, **typed | {"said_at": "昨天"})
    assert "“询问时间”：如 2020-11-20 16:40。" in vague.text and "T10:00:00" not in vague.text
    done = await village.press("保存", form, **typed)

    assert "<dd>未登记</dd>" in form.text and "入户情况已记录" in done.text
    async with story.county.services["registration"].context.engine.connect() as conn:
        said = await conn.execute(text("SELECT answer, reason, entered_by FROM survey_answers"))
        assert [tuple(row) for row in said] == [("not_here", "moved", "village_agent")]


async def test_everybody_has_paid_is_said_only_where_the_list_is_empty(story, console):
    village = await at_work(console, "village_agent", VILLAGE)
    for no, person_id in enumerate(story.ids):
        form = await village.get(f"collect/{person_id}?season=huining-2021")
        typed = {"amount_fen": "280", "paid_at": "2020-11-20 16:40", "voucher_no": f"0012000{no}"}
        last = await village.press("收款", form, **typed)
    waits = await village.get(f"collect?season=huining-2021&last={story.ids[0]}")
    assert "全部人员已缴费" not in last.text + waits.text
    await settled(story)

    page = await village.get("collect?season=huining-2021")
    assert "全部人员已缴费或免缴。" in page.text
    later = await village.get("collect?season=huining-2021&after=" + _LAST_OF_ALL)
    assert "本页已无待收款人员" in later.text and "全部人员已缴费" not in later.text


async def test_a_wrong_entry_is_taken_back_by_the_tax_office_and_not_by_the_village(story, console):
    village = await at_work(console, "village_agent", VILLAGE)
    form = await village.get(f"collect/{story.ids[0]}?season=huining-2021")
    typed = {"amount_fen": "280", "paid_at": "2020-11-20 16:40", "voucher_no": "00120001"}
    await village.press("收款", form, **typed)
    await settled(story)
    mine = await village.get("receipts")
    assert "00120001" in mine.text and ">冲正</a>" not in mine.text
    number = re.search(r'data-of="收据编号">(\d+)<', mine.text)[1]
    assert (await village.get(f"receipts/{number}/undo")).status_code == 403
    assert f'href="./receipts/{number}">登记有误</a>' in mine.text
    wrong = await village.get(f"receipts/{number}")
    assert "医保局经办人员、税务局经办人员" in wrong.text and f"<dd>{number}</dd>" in wrong.text
    assert "可以冲正" in wrong.text and f"receipts/{number}/undo" not in wrong.text
    assert "税务局经办人员冲正，请告知收据编号" in mine.text

    tax = await at_work(console, "tax_officer", "620422")
    assert f'href="../receipts/{number}/undo">冲正</a>' in (await tax.get(f"receipts/{number}")).text
    form = await tax.get(f"receipts/{number}/undo")
    sure = await tax.press("下一步", form, returned_at="2020-11-20 16:45")
    assert "恢复为未缴费" in sure.text and (await receipts(story))[0][1] == 0
    tax.http.headers[CLOCK_HEADER] = "2020-11-20T16:50:00+08:00"
    done, again = [await tax.press("确认提交", sure) for _ in range(2)]

    assert "已冲正" in done.text and "已冲正" in again.text
    assert await receipts(story) == [(28000, 28000, "village_agent")]
    await settled(story)
    gone = await village.get(f"receipts/{number}")
    assert "已冲正" in gone.text and "可以冲正" not in gone.text
    await village.send("language", language="en", then="")
    assert "medical insurance officer or tax officer" in (await village.get(f"receipts/{number}")).text
    await back_to(story)
    assert await story.people[0].state() != "paid"


async def test_other_villages_and_other_roles_take_no_money_here(story, console):
    other = await at_work(console, "township_officer", "620422102")
    own = f"collect/{story.ids[0]}?season=huining-2021&collector={story.purse.collector_id}"
    assert (await other.get(own)).status_code == 404
    assert "须由乡镇（街道）或税务局登记" in (await other.get("collect?season=huining-2021")).text
    leader = await at_work(console, "leader", "620422")
    assert (await leader.get("collect?season=huining-2021")).status_code == 403
    village = await at_work(console, "village_agent", VILLAGE)
    assert (await village.get("collect/99999999?season=huining-2021")).status_code == 404
    form = await village.get(f"collect/{story.ids[0]}?season=huining-2021")
    odd = {"amount_fen": "280", "paid_at": "昨天", "voucher_no": "00120001"}
    refused = await village.press("收款", form, **odd)
    assert refused.status_code == 422 and 'id="paid_at-fault"' in refused.text
    assert await receipts(story) == []
