"""What a file would change stands on its page and in the look-through, and is so once it was imported."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.integration.console.conftest import Browser
from tests.integration.console.test_files import AT, HEADER, NEW, TOWNSHIP, drop, run, services, township
from tests.integration.registration.builders import VILLAGE, csv_of, number

__all__ = ["services", "township"]
OTHER = f"{TOWNSHIP}205"


def count(page: httpx.Response, words: str) -> int:
    """What stands below a heading among the counts of changes."""
    found = re.search(rf"<dt>{words}</dt><dd>(?:<a [^>]*>)?([\d,]+)", page.text)
    assert found, f"{words} is not counted"
    return int(found[1].replace(",", ""))


def shown(page: httpx.Response) -> str:
    """The words of a page, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


async def sent(console: Any, browser: Browser, body: bytes, page: str = NEW, **fields: str) -> httpx.Response:
    """The page of an import that is done."""
    waits = await drop(browser, body, page, **fields)
    assert waits.status_code == 200, waits.text
    await run(console)
    return await browser.get(waits.url.path.lstrip("/"))


async def applied(console: Any, browser: Browser, page: httpx.Response) -> httpx.Response:
    """Press "import for good", look it through, confirm; the page of that import when it is done."""
    sure = await browser.get(f"{page.url.path.lstrip('/')}/apply")
    going = await browser.press("确认提交", sure)
    await run(console)
    return await browser.get(going.url.path.lstrip("/"))


async def rows(console: Any, sql: str) -> list[Any]:
    async with console.services["registration"].engine.connect() as conn:
        return [tuple(row) for row in (await conn.execute(text(sql))).all()]


class TestHouseholds:
    @pytest.fixture
    async def tried(self, console, township):
        """A household of two on record, and a file tried by which it moves and somebody new comes."""
        head, child, new = number(), number("2010-03-04"), number("1985-05-05")
        before = [["H1", VILLAGE, "户主", "张甲", head, "本县"], ["H1", VILLAGE, "子", "张乙", child, "本县"]]
        await sent(console, township, csv_of([HEADER, *before]), enroll="yes")
        after = [
            *([row[0], OTHER, *row[2:]] for row in before),
            ["H2", VILLAGE, "户主", "王丙", new, "本县"],
        ]
        return await sent(console, township, csv_of([HEADER, *after]), dry_run="yes", enroll="yes")

    async def test_what_would_change_is_counted_told_and_then_changed(self, console, township, tried):
        assert "变更明细（试算）" in tried.text
        assert (count(tried, "新登记人员"), count(tried, r"迁至其他村（户）")) == (1, 2)
        assert f"村（社区）：{VILLAGE} → {OTHER}" in shown(tried)
        places = "SELECT h.division_code, count(*) FROM persons p JOIN households h ON h.id = p.household_id"
        assert await rows(console, f"{places} GROUP BY 1 ORDER BY 1") == [(VILLAGE, 2)]

        sure = await township.get(f"{tried.url.path.lstrip('/')}/apply")
        assert "<dt>新登记人员</dt><dd>1</dd>" in sure.text
        assert "<dt>迁至其他村（户）</dt><dd>2</dd>" in sure.text
        done = await applied(console, township, tried)

        assert "变更明细</h2>" in done.text
        assert (count(done, "新登记人员"), count(done, r"迁至其他村（户）")) == (1, 2)
        assert await rows(console, f"{places} GROUP BY 1 ORDER BY 1") == [(VILLAGE, 1), (OTHER, 2)]
        ((person,),) = await rows(console, "SELECT max(id) FROM persons")
        assert f'href="../../persons/{person}"' in done.text

    async def test_a_kind_has_a_page_of_its_own_in_both_languages(self, township, tried):
        page = await township.get(f"{tried.url.path.lstrip('/')}/changes?kind=registered")
        assert "王丙" in page.text and "张甲" not in page.text and 'aria-current="true"' in page.text
        assert "全部变更" in page.text
        everything = await township.get(f"{tried.url.path.lstrip('/')}/changes")
        assert "王丙" in everything.text and "张甲" in everything.text
        odd = await township.get(f"{tried.url.path.lstrip('/')}/changes?kind=sideways")
        assert odd.status_code == 422
        await township.send("language", language="en", then="")
        english = await township.get(f"{tried.url.path.lstrip('/')}/changes?kind=moved")
        assert "moved to another village or household" in english.text and f"{VILLAGE} → {OTHER}" in shown(
            english
        )

    async def test_more_than_the_first_are_gone_through_page_by_page(self, console, township):
        body = csv_of([HEADER, *([f"N{n}", VILLAGE, "户主", "李丁", number(), "本县"] for n in range(130))])
        page = await sent(console, township, body, dry_run="yes")
        assert page.text.count("李丁") == 10 and "查看全部变更" in page.text
        first = await township.get(f"{page.url.path.lstrip('/')}/changes")
        after = re.search(r'after=(\d+)"', first.text)[1]
        second = await township.get(f"{page.url.path.lstrip('/')}/changes?after={after}")
        assert (first.text.count("李丁"), second.text.count("李丁"), "下一页" in second.text) == (
            100,
            30,
            False,
        )


class TestStatuses:
    async def test_status_and_department_are_chosen_in_the_words_of_the_notice(self, console, township):
        bureau = await console.signed_in("medical_insurance_officer", "350426")
        bureau.http.headers.update(township.http.headers)
        known = number()
        await sent(
            console, township, csv_of([HEADER, ["H1", VILLAGE, "户主", "张甲", known, "本县"]]), enroll="yes"
        )
        where = "files/new/statuses?season=youxi-2020"
        form = await bureau.get(where)
        assert re.search(r'value="disabled">\s*<label for="status-disabled">[^<]*残疾人', form.text)
        assert re.search(
            r'value="disabled_federation">\s*<label for="department-disabled_federation">[^<]*残', form.text
        )

        body = csv_of([["证件号码", "姓名", "认定日期"], [known, "张甲", "2019-09-01"]])
        said = {"mode": "add", "department": "disabled_federation", "listed_on": AT[:10], "dry_run": "yes"}
        odd = await drop(bureau, body, where, **said, status="astronaut")
        assert odd.status_code == 422 and "请选择“身份”" in odd.text
        tried = await sent(console, bureau, body, where, **said, status="disabled")

        assert count(tried, "新认定身份") == 1
        assert re.search(r"身份：无 → [^ ]*残疾人", shown(tried)) and "disabled" not in shown(tried)
        assert not await rows(console, "SELECT status FROM status_statements")
        done = await applied(console, bureau, tried)
        assert count(done, "新认定身份") == 1
        assert await rows(console, "SELECT status, said FROM status_statements") == [("disabled", "add")]


class TestSmallThings:
    async def test_the_newest_file_stands_first_and_the_county_has_its_name(self, console, township):
        for n in range(3):
            body = csv_of([HEADER, [f"H{n}", VILLAGE, "户主", "张甲", number(), "本县"]])
            page = await sent(console, township, body, dry_run="yes")
        listed = await township.get("files?season=youxi-2020")
        ids = [int(one) for one in re.findall(r'files/imports/(\d+)"', listed.text)]
        assert ids == sorted(ids, reverse=True) and len(ids) == 3
        assert "<dd>尤溪县 2020 年度</dd>" in page.text and "<dd>youxi" not in page.text
        sure = await township.get(f"{page.url.path.lstrip('/')}/apply")
        assert "尤溪县 2020 年度" in sure.text and "youxi" not in shown(sure)

    async def test_the_mend_of_a_faulty_row_has_the_whole_row_to_itself(self, console, township):
        body = csv_of([HEADER, ["H1", VILLAGE, "户主", "张甲", "350426198006150000", "本县"]])
        page = await sent(console, township, body, dry_run="yes")
        assert f'<tr class="mend"><td colspan="{len(HEADER) + 1}"><ul>' in page.text
