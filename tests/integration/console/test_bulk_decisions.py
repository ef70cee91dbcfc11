"""Officers acknowledge several alerts, and agree to several wishes, together: each with its own result."""

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.cases.store import NewCase, open_cases
from tests.integration.console.conftest import FIRST

BUREAU = "medical_insurance_officer"
_TICK = re.compile(r'<input type="checkbox" name="row" value="([0-9]+)"( disabled)?')
_ALERTS = "cases/registration?kind=ticket_overdue"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


async def cases(console: Any, kind: str, *subjects: str, proposed: str) -> list[str]:
    opened = datetime.fromisoformat("2019-10-01T09:00:00+08:00")
    new = [
        NewCase(
            kind=kind, subject=subject, owner=BUREAU, proposed=proposed, evidence={}, opened_at=opened,
            county="youxi", coverage_year=2020, division_code="350426101203",
        )
        for subject in subjects
    ]  # fmt: skip
    async with console.services["registration"].engine.begin() as conn:
        await open_cases(conn, new)
    return [str(no) for (no,) in await rows(console, "SELECT case_id FROM cases ORDER BY 1")]


async def rows(console: Any, sql: str) -> list[tuple[Any, ...]]:
    async with console.services["registration"].engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(text(sql))]


async def press(browser: Any, shown: Any, path: str, ticked: list[str], **fields: str) -> Any:
    """Send rows that were ticked on a page, with the key of its form where it has one."""
    proof = re.search(r'name="form" value="(\w+)"', shown.text)
    key = re.search(r'name="key" value="([0-9a-f-]+)"', shown.text)
    data: dict[str, Any] = {"form": proof[1], "row": ticked, **fields} | ({"key": key[1]} if key else {})
    return await browser.http.post(f"/{path}", data=data, follow_redirects=True)


async def test_alerts_are_acknowledged_with_one_remark_after_a_look(console):
    ids = await cases(console, "ticket_overdue", "tickets/1", "tickets/2", "tickets/3", proposed="noted")
    browser = await console.signed_in("township_officer", "350426101")
    listed = await browser.get(_ALERTS)
    assert [no for no, _ in _TICK.findall(listed.text)] == ids

    sure = await press(browser, listed, _ALERTS, [*ids[:2], "99"], act="acknowledge")
    missing = await press(browser, sure, _ALERTS, ids[:2], act="acknowledge", sure="yes", note="")
    before = await rows(console, "SELECT DISTINCT acknowledged_by FROM cases")
    done = await press(browser, sure, _ALERTS, ids[:2], act="acknowledge", sure="yes", note="已电话督促")

    assert "将办理 2 笔；1 笔不能办理" in sure.text and "已不在清单上" in sure.text
    assert missing.status_code == 422 and before == [(None,)]
    assert "已办理 2 笔，未办理 0 笔" in done.text
    seen = await rows(console, "SELECT acknowledged_by FROM cases ORDER BY case_id")
    assert seen == [("township_officer",), ("township_officer",), (None,)]
    after = await browser.get(_ALERTS)
    assert [bool(off) for _, off in _TICK.findall(after.text)] == [True, True, False]


async def test_rows_are_called_in_the_language_of_the_page(console):
    ids = await cases(console, "same_person", "persons/1+2", proposed="merge")
    alerts = await cases(console, "ticket_overdue", "tickets/1", proposed="noted")
    browser = await console.signed_in(BUREAU, "350426")
    await browser.send("language", language="en")

    for way, ticked, act in (
        ("cases/registration?kind=same_person", ids, "decide-merge"), (_ALERTS, alerts[1:], "acknowledge"),
    ):  # fmt: skip
        sure = await press(browser, await browser.get(way), way, ticked, act=act)
        assert "1 will be done" in sure.text
        what = re.findall(r'name="what-[0-9]+" value="([^"]+)"', sure.text)
        assert len(what) == 1 and not re.search("[一-鿿]", what[0]), what


async def test_cases_have_no_ticks_for_who_may_not_decide_and_who_tries_is_refused(console):
    ids = await cases(console, "same_person", "persons/1+2", proposed="apart")
    auditor = await console.signed_in("auditor", "350426")
    way = "cases/registration?kind=same_person"

    listed = await auditor.get(way)
    refused = await press(auditor, await auditor.get("password"), way, ids, act="decide-merge")

    assert listed.status_code == 200 and not _TICK.findall(listed.text)
    assert refused.status_code == 403


async def test_cases_of_a_kind_are_decided_alike_after_a_look_and_once(console):
    ids = await cases(console, "same_person", "persons/1+2", "persons/3+4", "persons/5+6", proposed="merge")
    bureau = await console.signed_in(BUREAU, "350426")
    way = "cases/registration?kind=same_person"
    listed = await bureau.get(way)
    assert [no for no, off in _TICK.findall(listed.text) if not off] == ids

    sure = await press(bureau, listed, way, ids[:2], act="decide-merge")
    missing = await press(bureau, sure, way, ids[:2], act="decide-merge", sure="yes", reason="")
    none = await rows(console, "SELECT count(*) FROM approvals")
    done, again = [
        await press(bureau, sure, way, ids[:2], act="decide-merge", sure="yes", reason="同一身份证")
        for _ in range(2)
    ]
    odd = await press(bureau, listed, way, ids, act="decide-everything")

    assert "将办理 2 笔" in sure.text and "均须第二人复核" in sure.text
    assert missing.status_code == 422 and none == [(0,)]
    assert "已办理 2 笔，未办理 0 笔" in done.text and "已办理 2 笔，未办理 0 笔" in again.text
    asked = await rows(console, "SELECT case_id, state, asked_by FROM approvals ORDER BY 1")
    assert asked == [(int(one), "waiting", BUREAU) for one in ids[:2]]
    assert "将办理 0 笔；3 笔不能办理" in odd.text and "本件没有这种办理方式" in odd.text


async def test_wishes_are_agreed_to_by_another_and_never_by_who_asked(console):
    ids = await cases(console, "same_person", "persons/1+2", "persons/3+4", proposed="merge")
    first = await console.signed_in(BUREAU, "350426")
    for case_id in ids:
        form = await first.get(f"cases/registration/{case_id}")
        sure = await first.press("下一步", form, step="merge", reason="同一身份证")
        await first.press("确认提交", sure)
    await console.add("second", BUREAU, "350426")
    second = await console.browse()
    await second.sign_in("second", FIRST)
    way, both = "approvals/registration", ["1", "2"]
    own, listed = await first.get(way), await second.get(way)

    mine = await press(first, await first.get("password"), way, both, act="reject")
    sure = await press(second, listed, way, both, act="reject")
    forced = await press(first, sure, way, both, act="reject")
    done, again = [
        await press(second, sure, way, both, act="reject", sure="yes", note="材料不足") for _ in range(2)
    ]

    assert not _TICK.findall(own.text) and len(_TICK.findall(listed.text)) == 2
    assert "将办理 0 笔；2 笔不能办理" in mine.text and "本人申请，须由他人复核" in mine.text
    assert "将办理 2 笔" in sure.text and forced.status_code == 403
    assert "已办理 2 笔" in done.text and "已办理 2 笔" in again.text
    decided = await rows(console, "SELECT state, decided_by FROM approvals")
    assert decided == [("rejected", "second")] * 2
