"""A file in a real Chromium: dropped, a row mended, tried, imported, and people are on record."""

import re
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from libs.common.identity import compose_resident_id
from tests.e2e.test_console import OWN, SIZES, choose_password, chromium, look, new_user, opened, sign_in, up
from tests.e2e.test_console_lists import told
from tests.e2e.test_up import Up

__all__ = ["chromium", "up"]
pytestmark = pytest.mark.timeout(300)
TOWNSHIP, VILLAGE = "350426101", "350426101203"
HEADER = "户号,村代码,与户主关系,姓名,证件号码,户籍"
WRONG = "350426198006150000"
DAYS = (date(1980, 6, 15), date(2005, 3, 2))


def at_files(chromium: Browser, up: Up, size: str, *, scripts: bool = False) -> Page:
    """A page of a new township officer, signed in, where files are sent."""
    name = f"files-{size}-{'on' if scripts else 'off'}"
    first = new_user(up, name, "township_officer", TOWNSHIP)
    page = opened(chromium, up, size, scripts=scripts)
    sign_in(page, name, first)
    choose_password(page, first, OWN)
    expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
    page.goto(f"{up.address}/console/files?season=youxi-2020")
    return page


def people(path: Path, head: str, other: str) -> Path:
    home = f"H{head[-4:-1]},{VILLAGE}"
    rows = [f"{home},户主,陈某甲,{head},本县", f"{home},子,陈某乙,{other},本县"]
    path.write_text("\r\n".join([HEADER, *rows]) + "\r\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("size", SIZES)
def test_a_file_with_a_faulty_row_is_mended_tried_and_imported(up, chromium, size, tmp_path):
    place = 500 + 10 * list(SIZES).index(size)
    head, other = (compose_resident_id("350426", born, place) for born in DAYS)
    page = at_files(chromium, up, size)
    look(page, size, "files", "文件导入")
    page.get_by_role("main").get_by_role("link", name="家庭与人员", exact=True).click()
    look(page, size, "file-new", "导入家庭与人员")
    expect(page.get_by_label("先试算（不入库）")).to_be_checked()

    page.get_by_label("选择文件，或将文件拖到此处").set_input_files(people(tmp_path / "a.csv", head, WRONG))
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="有误的行")).to_be_visible(timeout=60_000)
    look(page, size, "file-faulty", "试算，未入库")
    marked = page.get_by_role("cell").filter(has=page.locator("mark"))
    expect(marked).to_have_text(WRONG)
    expect(page.get_by_text(re.compile("校验码")).first).to_be_visible()
    mend = page.locator(".mend ul").bounding_box()
    assert mend is not None and mend["x"] >= 0 and mend["x"] + mend["width"] <= SIZES[size][0]

    page.get_by_label("选择文件，或将文件拖到此处").set_input_files(people(tmp_path / "b.csv", head, other))
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="有误的行")).to_have_count(0, timeout=60_000)
    expect(page.get_by_role("link", name="正式导入")).to_be_visible(timeout=60_000)
    look(page, size, "file-tried", "试算，未入库")
    expect(page.get_by_role("heading", name="变更明细（试算）")).to_be_visible()
    page.get_by_role("link", name="正式导入").click()
    look(page, size, "file-sure", "请确认：正式导入")
    page.get_by_role("button", name="确认提交").dblclick()
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已完成", timeout=60_000)

    done = told(
        up,
        "township_officer",
        TOWNSHIP,
        f"/registration/v1/imports/{page.url.rpartition('/')[2].partition('?')[0]}",
    )
    assert (done["dry_run"], done["new"] + done["unchanged"], done["rejected"]) == (False, 2, 0)


def test_keyboards_and_screen_readers_find_nothing_in_their_way_on_files(up, chromium):
    page = at_files(chromium, up, "desk", scripts=True)
    found = {}
    for name in ("files?season=youxi-2020", "files/new/households?season=youxi-2020", "files/new/statuses"):
        page.goto(f"{up.address}/console/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found[name] = Axe().run(page)

    serious = {
        (where, violation["id"])
        for where, results in found.items()
        for violation in results.response["violations"]
        if violation["impact"] in ("serious", "critical")
    }
    assert not serious
