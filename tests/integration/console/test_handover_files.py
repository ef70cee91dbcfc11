"""A party's own figures of a handover, sent as a file: in its template, line by line, in place of others."""

import io
import json
import re
from typing import Any

import openpyxl

from tests.integration.console.test_handovers import TAX, books, desk, entered, main, own, services

__all__ = ["books", "main", "services"]
WAY = f"{TAX}/figures-file"


async def drop(browser: Any, body: bytes | None, name: str = "figures.csv") -> Any:
    shown = await browser.get(WAY)
    hidden = dict(re.findall(r'type="hidden" name="(form|key)" value="([^"]*)"', shown.text))
    files = {"file": (name, body) if body is not None else ("", b"")}
    first, again = [
        await browser.http.post(f"/{WAY}", data=hidden, files=files, follow_redirects=True) for _ in range(2)
    ]
    assert first.status_code == again.status_code
    return again


def table(*rows: str) -> bytes:
    return "\r\n".join(["项目,对象,人数,金额（元）", *rows]).encode("gb18030")


async def figures(console: Any) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    latest = json.loads((await own(console))[-1][2])
    return {(one["section"], one["row"]): (one["heads"], one["amount_fen"]) for one in latest}


async def test_the_template_has_all_lines_and_comes_back_filled_in(console, main):
    tax = await desk(console, "tax_officer")
    paper = await tax.get(TAX)
    assert f"{TAX}/figures-file" in paper.text and "上传本部门数据" in paper.text
    template = await tax.get(f"{TAX}/figures-template")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book.worksheets[0]
    lines = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)]
    assert ("个人缴费（按乡镇）", "西滨镇") in lines and sheet.data_validations.dataValidation
    at = lines.index(("个人缴费（按乡镇）", "西滨镇")) + 2
    sheet.cell(at, 3, 3), sheet.cell(at, 4, 750.5)
    out = io.BytesIO()
    book.save(out)

    done = await drop(tax, out.getvalue(), "figures.xlsx")

    assert "本部门数据已填报" in done.text and "不一致" in done.text and "750.50 元" in done.text
    assert await figures(console) == {("contributions", "350426102"): (3, 75_050)}
    assert len(await own(console)) == 1


async def test_a_faulty_file_is_told_line_by_line_and_enters_nothing(console, main):
    tax, of = await desk(console, "tax_officer"), "个人缴费（按乡镇）"

    wrong = await drop(
        tax, table(f"{of},西滨镇,两人,1", f"{of},没有镇,2,5", f"{of},合计,2,5", f"{of},合计,2,5", "空,空,,")
    )
    empty = await drop(tax, table(f"{of},西滨镇,,"))
    missing = await drop(tax, None)

    assert wrong.status_code == 422 and "第 2 行：人数请填整数" in wrong.text
    assert "第 3 行：移交单没有“个人缴费（按乡镇） / 没有镇”" in wrong.text
    assert "第 5 行：与第 4 行重复" in wrong.text
    assert empty.status_code == 422 and "文件中没有数据" in empty.text
    assert missing.status_code == 422 and "请选择要上传的文件" in missing.text
    assert await own(console) == []


async def test_a_file_counts_instead_of_what_was_entered_before(console, main):
    tax = await desk(console, "tax_officer")
    await entered(tax, heads="3")
    form = await tax.get(WAY)

    await drop(tax, table("个人缴费（按乡镇）,合计,2,500"))

    assert "由本次文件取代" in form.text
    assert await figures(console) == {("contributions", ""): (2, 50_000)}


async def test_a_file_is_sent_by_the_party_alone(console, main):
    finance = await desk(console, "finance_officer")

    assert "上传本部门数据" not in (await finance.get(TAX)).text
    for page in (WAY, f"{TAX}/figures-template"):
        refused = await finance.get(page)
        assert refused.status_code == 403 and "您的角色不办理此项" in refused.text
    assert await own(console) == []
