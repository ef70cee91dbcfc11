"""Files by officers: dropped on a page, tried first, mended where a row is faulty, imported for good."""

import re
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from services.registration.imports.worker import import_next
from tests.integration.console.conftest import Browser
from tests.integration.registration.builders import VILLAGE, csv_of, number

AT = "2019-09-05T10:00:00+08:00"
TOWNSHIP = VILLAGE[:9]
HEADER = ["户号", "村代码", "与户主关系", "姓名", "证件号码", "户籍"]
WRONG = "350426198006150000"


class Stubbed(httpx.AsyncBaseTransport):
    """Registration, with answers of its own to some paths."""

    def __init__(self, inner: Any, answers: dict[str, tuple[int, Any]]) -> None:
        self.inner, self.answers, self.asked, self.app = inner, answers, [], inner.app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for end, (status, body) in self.answers.items():
            if request.url.path.endswith(end):
                self.asked.append(request)
                return httpx.Response(status, json=body)
        answer: httpx.Response = await self.inner.handle_async_request(request)
        return answer


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"registration": await service_context("registration")}


@pytest.fixture
async def township(console: Any) -> Browser:
    browser: Browser = await console.signed_in("township_officer", TOWNSHIP)
    browser.http.headers[CLOCK_HEADER] = AT
    return browser


def stub(console: Any, **answers: tuple[int, Any]) -> Stubbed:
    """Have paths of registration that end so answered."""
    made = Stubbed(console.sent.apps["registration"], {f"/{n}": one for n, one in answers.items()})
    console.sent.apps["registration"] = made
    return made


def people(*numbers: str) -> bytes:
    rows = [
        ["H1", VILLAGE, "户主" if n == 0 else "子", f"张{n}", one, "本县"] for n, one in enumerate(numbers)
    ]
    return csv_of([HEADER, *rows])


async def drop(browser: Browser, body: bytes | None, page: str, **fields: str) -> httpx.Response:
    """Send the form of a page with a file, as a browser does after it was dropped."""
    shown = await browser.get(page)
    form, key = (re.search(f'name="{name}" value="([^"]+)"', shown.text)[1] for name in ("form", "key"))
    data = {"form": form, "key": key} | fields
    files = {"file": ("people.csv", body)} if body is not None else {"file": ("", b"")}
    path = (
        page if page.startswith("files/new") else re.search(r'action="[./]*(files/new[^"]+)"', shown.text)[1]
    )
    return await browser.http.post(f"/{path}", data=data, files=files, follow_redirects=True)


async def run(console: Any) -> None:
    while await import_next(console.services["registration"]):
        pass


async def registered(console: Any) -> int:
    async with console.services["registration"].engine.connect() as conn:
        return int((await conn.execute(text("SELECT count(*) FROM persons"))).scalar_one())


NEW = "files/new/households?season=youxi-2020"


async def test_a_file_is_tried_first_then_shown_with_its_progress_and_its_counts(console, township):
    form = await township.get(NEW)
    assert re.search(r'name="dry_run" value="yes" checked', form.text)
    assert 'type="file"' in form.text and "下载模板" in form.text

    waits = await drop(township, people(number(), number()), NEW, dry_run="yes", enroll="yes")
    assert "排队中" in waits.text and "<progress" in waits.text and "离开本页不受影响" in waits.text
    assert waits.headers["refresh"] == "3"
    still = await township.get(f"{str(waits.url.path).lstrip('/')}?still=true")
    assert "refresh" not in still.headers and 'href="?"' in still.text, "it can be read in peace"
    await run(console)
    done = await township.get(str(waits.url.path).lstrip("/"))

    assert "试算，未入库" in done.text and "refresh" not in done.headers
    assert re.search(r"<dt>新增</dt><dd>2</dd>", done.text)
    assert await registered(console) == 0
    assert "people.csv" in (await township.get("files?season=youxi-2020")).text


async def test_what_an_import_waits_for_is_said_on_its_page(console, township):
    sent = await drop(township, people(number()), "files/new/households?season=youxi-2020", dry_run="yes")
    page = sent.url.path.removeprefix("/")
    waits = {
        "notice-faulty: youxi/2020.yaml, line 2": "参保通知文件有误，改正后自动继续导入",
        "OSError": "系统将自动重试",
    }
    for trouble, says in waits.items():
        async with console.services["registration"].engine.begin() as conn:
            await conn.execute(text("UPDATE imports SET trouble = :trouble"), {"trouble": trouble})
        assert says in (await township.get(page)).text


async def test_a_file_that_is_sent_without_a_trial_registers_people_once(console, township):
    body = people(number(), number())
    shown = await township.get(NEW)
    form, key = (re.search(f'name="{name}" value="([^"]+)"', shown.text)[1] for name in ("form", "key"))
    pressed = [
        await township.http.post(
            f"/{NEW}", data={"form": form, "key": key, "enroll": "yes"}, files={"file": ("a.csv", body)}
        )
        for _ in range(2)
    ]
    await run(console)

    assert [one.status_code for one in pressed] == [303, 303]
    assert pressed[0].headers["location"] == pressed[1].headers["location"]
    assert await registered(console) == 2


async def test_faulty_rows_stand_as_in_the_file_with_the_mend_and_the_corrected_one_is_sent(
    console, township
):
    fault = {"column": "证件号码", "column_no": 4, "detail": "wrong digit", "detail_zh": "校验码不符",
             "problem": "x"}  # fmt: skip
    row = {"line": 3, "sheet": None, "cells": ["H1", VILLAGE, "子", "张1", WRONG, "本县"], "faults": [fault]}
    stub(console, faults=(200, {"heading": HEADER, "items": [row], "next_after": "3-0"}))
    waits = await drop(township, people(number(), WRONG), NEW, dry_run="yes")
    where = f"{waits.url.path}?{waits.url.query.decode()}".lstrip("/")
    await run(console)

    page = await township.get(where)

    assert f'<td class="wrong"><mark>{WRONG}</mark></td>' in page.text and page.text.count("<mark>") == 1
    assert "<strong>证件号码</strong>：校验码不符" in page.text and "after=3-0" in page.text
    assert not re.search(r'name="enroll" value="yes" checked', page.text)
    again = await drop(township, people(number(), number()), where, dry_run="yes")
    await run(console)
    assert re.search(r"<dt>新增</dt><dd>2</dd>", (await township.get(again.url.path.lstrip("/"))).text)


async def test_where_rows_cannot_be_shown_the_list_of_faults_is_downloaded(console, township):
    stub(console, faults=(404, {"type": "urn:canbao:problem:not-found", "title": "", "title_zh": ""}))
    waits = await drop(township, people(number(), WRONG), NEW, dry_run="yes")
    await run(console)
    page = await township.get(waits.url.path.lstrip("/"))
    assert "下载错误清单" in page.text

    listed = await township.get(f"{waits.url.path.lstrip('/')}/errors")

    assert "校验码不符" in listed.content.decode("utf-8-sig")


async def test_what_was_tried_is_imported_after_a_look_at_what_that_does(console, township):
    waits = await drop(township, people(number(), number()), NEW, dry_run="yes")
    await run(console)
    page = await township.get(waits.url.path.lstrip("/"))
    assert "正式导入</a>" in page.text
    api = stub(console, apply=(202, {"import_id": int(waits.url.path.rpartition("/")[2])}))

    sure = await township.get(f"{waits.url.path.lstrip('/')}/apply")
    assert "请确认：正式导入" in sure.text and not api.asked
    done = await township.press("确认提交", sure)

    assert "已提交正式导入" in done.text
    assert len(api.asked) == 1 and api.asked[0].headers["idempotency-key"]
    assert orjson.loads(api.asked[0].content) == {}


async def test_a_missing_file_a_strange_form_and_too_large_a_file_change_nothing(console, township):
    missing = await drop(township, None, NEW, dry_run="yes")
    assert missing.status_code == 422 and "请选择要上传的文件" in missing.text
    strange = await drop(township, people(number()), NEW, form="0" * 64)
    assert strange.status_code == 403 and "页面已失效" in strange.text
    console.context.settings = console.context.settings.model_copy(update={"upload_limit_mib": 1})
    large = await drop(township, b"x" * (1024 * 1024 + 1), NEW)
    assert large.status_code == 413 and "文件过大" in large.text and "最大 1 MB" in large.text
    elsewhere = await township.http.post("/password", data={"form": "x" * 70_000})
    assert elsewhere.status_code == 413
    assert "本年度尚未导入文件" in (await township.get("files?season=youxi-2020")).text


async def test_who_registers_nobody_sends_no_people_and_history_is_for_the_bureau(console, township):
    village = await console.signed_in("village_agent", VILLAGE)
    assert "家庭与人员" not in (await village.get("files")).text
    assert (await village.get("files/new/households?season=youxi-2020")).status_code == 403
    leader = await console.signed_in("leader", "350426")
    assert "文件导入" not in (await leader.get()).text
    assert (await leader.get("files")).status_code == 403
    assert (await township.get("files/new/history?season=youxi-2020")).status_code == 403
    bureau = await console.signed_in("medical_insurance_officer", "350426")
    assert "文件完整的区划代码" in (await bureau.get("files/new/history?season=youxi-2020")).text


async def test_a_stranger_with_a_file_is_sent_to_sign_in_before_anything_is_read(console):
    browser = await console.browse()
    answer = await browser.http.post("/files/new/households", files={"file": ("a.csv", b"x" * 100_000)})
    assert answer.status_code == 401 and "登录已失效" in answer.text


async def test_the_department_of_an_officer_is_chosen_already(console):
    browser = await console.signed_in("department_officer", "350426", department="civil_affairs")
    form = await browser.get("files/new/statuses?season=youxi-2020")
    assert re.search(r'value="civil_affairs"[^>]* (selected|checked)', form.text)
