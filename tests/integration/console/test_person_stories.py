"""The telephone again: orders, attempts, notifications, money and payouts to cards are one story in time."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from tests.integration.console.conftest import Browser
from tests.integration.stories.conftest import moment, tell

__all__ = ["tell"]
COUNTY, TOWNSHIP = "620422", "620422101"
#: In which order messages come is what the stories themselves are about.
pytestmark = pytest.mark.parametrize("tell", ["straight"], indirect=True)
_EVENT = re.compile(r'<time datetime="([^"]+)">[^<]*</time><p( class="warn")?>(.*?)</p>', re.DOTALL)
_LINK = re.compile(r'<a href="([^"]+)">')


async def ordered(story: Any, person_id: int, on: str) -> str:
    wanted = {
        "county": story.code, "coverage_year": story.year, "person_ids": [person_id], "channel": "tax"
    }  # fmt: skip
    made = await story.county.expect("collection", "POST", "/v1/orders", moment(on), wanted)
    return str(made["order_no"])


async def settled_by_bank(story: Any, outcome: str, on: str) -> None:
    await story.bank_says(await story.sends(on), outcome, on)


@pytest.fixture
async def story(tell: Any) -> Any:
    """Who ordered, tried in vain, paid twice, was helped, and whose second card sent the money back."""
    story = await tell("huining")
    somebody = await story.person("2020-09-10")
    story.person_id = (await somebody.found())["person_id"]
    story.order_no = await ordered(story, story.person_id, "2020-10-01")
    path = f"/v1/orders/{story.order_no}/prepayment"
    again = {
        "county": story.code, "coverage_year": story.year, "person_ids": [story.person_id], "channel": "tax"
    }  # fmt: skip
    refused = await story.county.ask("collection", "POST", "/v1/orders", moment("2020-10-01 10:10:00"), again)
    assert refused.status_code == 409, refused.text
    body = {"way": "native"}
    tried = await story.county.ask("collection", "POST", path, moment("2020-10-01 10:05:00"), body)
    assert tried.status_code == 422, tried.text
    await somebody.pays(280, "2020-10-05", no="T1")
    await somebody.pays(280, "2020-10-06", told_at="2020-10-07", no="T2")
    await story.roster("2020-11-20", "registered_poor", somebody, effective_on="2016-01-01")
    await somebody.gives_card("2020-11-25")
    await settled_by_bank(story, "failed", "2020-12-11")
    await somebody.gives_card("2020-12-14", account="6221550000000000026")
    batch = await story.sends("2020-12-20")
    await story.bank_says(batch, "paid", "2020-12-20")
    await story.bank_says(batch, "returned", "2020-12-28")
    story.own = {name: one.context.authenticator for name, one in story.county.services.items()}
    yield story
    # The end of the story asks its services by its own tokens.
    for name, one in story.own.items():
        story.county.services[name].context.authenticator = one


@pytest.fixture
async def services(story: Any) -> dict[str, Any]:
    return {name: one.context for name, one in story.county.services.items()}


@pytest.fixture
async def applications(story: Any) -> dict[str, Any]:
    return {name: one.http._transport.app for name, one in story.county.services.items()}


async def at_desk(console: Any, role: str, division: str = COUNTY) -> Browser:
    browser: Browser = await console.signed_in(role, division)
    browser.http.headers[CLOCK_HEADER] = moment("2021-01-05").isoformat()
    return browser


def told(page: Any) -> list[tuple[str, str, bool, str]]:
    """Day, what happened, whether somebody has to do something, and where it leads."""
    section = page.text.partition('<h2 id="story">')[2]
    found = []
    for at, warn, says in _EVENT.findall(section):
        link = _LINK.search(says)
        found.append((at[:10], unescape(re.sub("<[^>]+>", "", says)), bool(warn), link[1] if link else ""))
    return found


async def test_is_told_from_the_order_to_the_money_on_the_card(story, console):
    browser = await at_desk(console, "auditor")

    events = told(await browser.get(f"persons/{story.person_id}"))

    says = [(day, words) for day, words, _, _ in events]
    assert [day for day, _ in says] == sorted(day for day, _ in says)
    no = story.order_no
    expected = [
        ("2020-10-01", rf"下单（.*，订单号 {no}，desk 提交），支付截止 2020-10-01 10:30"),
        ("2020-10-01", rf"尝试支付（订单 {no}，扫码支付）未成功：该渠道未开通预下单"),
        ("2020-10-01", r"下单未成功（.*，desk 提交）：.*订单.*"),
        ("2020-10-01", rf"订单 {no} 过期未支付"),
        ("2020-10-05", "收到渠道通知，已验签（.*，流水号 T1）：对应到缴费，已入账"),
        ("2020-10-07", "收到渠道通知，已验签（.*，流水号 T2）：重复缴费，挂账待确认"),
        ("2020-11-20", "资助核准（.*）"),
        ("2020-12-11", "资助发放：已送银行（农商银行 .*，批次 1）"),
        ("2020-12-11", "资助发放：银行发放失败.*（农商银行 .*，批次 1）；回盘文件 [0-9a-f]{12}，由 .+ 导入"),
        ("2020-12-20", "资助发放：已送银行（农商银行 .*，批次 2）"),
        ("2020-12-20", "资助发放：已到账（农商银行 .*，批次 2）；回盘文件 [0-9a-f]{12}，由 .+ 导入"),
        (
            "2020-12-28",
            "资助发放：被银行退回.*（.*，批次 2），请更正社保卡.*；回盘文件 [0-9a-f]{12}，由 .+ 导入",
        ),
    ]
    places = []
    for day, pattern in expected:
        (place,) = [at for at, (on, words) in enumerate(says) if on == day and re.fullmatch(pattern, words)]
        places.append(place)
    assert sorted(places) == places
    assert "6221550000000000" not in str(says) and any("0026" in words for _, words in says)


async def test_leads_an_auditor_to_what_the_channel_sent_and_nobody_of_a_township(story, console):
    auditor, township = (
        await at_desk(console, "auditor"),
        await at_desk(console, "township_officer", TOWNSHIP),
    )
    path = f"persons/{story.person_id}"

    led = [page for _, _, _, page in told(await auditor.get(path)) if "notifications/" in page]
    seen = told(await township.get(path))

    assert len(led) == 2
    sent = await auditor.get(led[0].removeprefix("../"))
    assert sent.status_code == 200 and "webhook-signature" in sent.text
    assert not [page for _, _, _, page in seen if "notifications/" in page]
    assert [words for _, words, _, _ in seen if "流水号 T2）：重复缴费" in words]


async def test_is_on_record_in_each_service_that_told_a_part_of_it(story, console):
    browser = await at_desk(console, "medical_insurance_officer")

    page = await browser.get(f"persons/{story.person_id}")

    assert "本次查看已以用户 medical_insurance_officer 留痕。" in page.text
    looked = {
        "collection": {
            "find_payments",
            "list_person_orders",
            "list_person_refused_orders",
            "list_person_notifications",
        },
        "subsidy": {"get_person_subsidies"},
    }
    for service, operations in looked.items():
        query = text("SELECT operation FROM person_lookups WHERE subject = :by AND person_id = :person")
        whose = {"by": "medical_insurance_officer", "person": story.person_id}
        async with console.services[service].engine.connect() as conn:
            assert operations <= set((await conn.execute(query, whose)).scalars())


async def test_that_is_long_is_shown_by_its_newest_and_goes_on_before(story, console, monkeypatch):
    monkeypatch.setattr("services.console.persons.rules.EVENTS", 3)
    browser = await at_desk(console, "auditor")
    path = f"persons/{story.person_id}?year=2021"

    newest = await browser.get(path)
    whole = [await browser.get(f"{path}&back={back}") for back in range(8)]

    assert len(told(newest)) == 3 and told(newest)[-1][1].startswith("资助发放：被银行退回")
    assert "更早的经过" in newest.text
    events = [one for page in reversed(whole) for one in told(page)]
    assert len({(day, words) for day, words, _, _ in events}) == len(events) > 12


async def test_in_english_is_told_as_well(story, console):
    browser = await at_desk(console, "auditor")
    await browser.send("language", language="en", then="")

    says = [words for _, words, _, _ in told(await browser.get(f"persons/{story.person_id}"))]

    assert any(one.startswith("The channel notified, verified (") for one in says), says
    assert any(one.startswith("Help to the card: paid out (") for one in says)
