"""Handovers at the console: looked through, sealed, compared with what each party has itself, and signed."""

import json
import re
from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.ledger_facts import granted, on, paid
from services.ledger.handovers.preparing import prepare_all
from tests.integration.console.conftest import FIRST
from tests.integration.console.test_channel_days import rows_of
from tests.integration.console.test_pictures import words
from tests.integration.ledger.conftest import Desk
from tests.integration.ledger.test_matches import MAIN

COUNTY, AT = "350426", "2020-01-06T09:00:00+08:00"
WAY = "handovers/youxi/2020/main"
TAX = f"{WAY}/papers/tax"
CONTRIBUTIONS = f"{TAX}/figures/contributions"
HERE, WHOLE = "row-350426102", "sum"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {name: await service_context(name) for name in ("registration", "ledger")}


@pytest.fixture
async def books(console: Any, sends: Any) -> Desk:
    """The ledger behind the console: two paid, one was helped."""
    http = await sends("ledger", "ledger:read", "ledger:write", "ledger:close")
    made = Desk(console.services["ledger"], console.sent.apps["ledger"].app, http)
    await made.send(paid(1), paid(16, channel="village_terminal"), granted(2, completes_enrollment=True))
    return made


@pytest.fixture
async def main(books: Desk) -> Desk:
    """The main handover is sealed."""
    await books.closed("main", MAIN)
    return books


async def desk(console: Any, role: str, name: str = "", division: str = COUNTY, at: str = AT) -> Any:
    """A browser of a role in the first days of January."""
    await console.add(name or role, role, division)
    browser = await console.browse()
    await browser.sign_in(name or role, FIRST)
    browser.http.headers[CLOCK_HEADER] = at
    return browser


async def sealed(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "ledger", "SELECT deadline_id, head_count, amount_fen FROM handovers ORDER BY ordinal"
    )


async def signed(console: Any) -> list[tuple[Any, ...]]:
    return await rows_of(
        console, "ledger", "SELECT party, made_by, signed_by FROM handover_papers ORDER BY id"
    )


async def own(console: Any) -> list[tuple[Any, ...]]:
    """What was entered: who did, and how often."""
    return await rows_of(
        console, "ledger", "SELECT party, entered_by, figures FROM party_figures ORDER BY id"
    )


async def read(browser: Any) -> Any:
    """The form that signs the paper of tax as it stands on its page."""
    found = re.search(rf'href="[./]*({TAX}/sign\?paper=[0-9a-f]+)"', (await browser.get(TAX)).text)
    assert found, "nothing is offered to be signed"
    return await browser.get(found[1])


async def entered(browser: Any, **typed: str) -> Any:
    """Own figures of the contributions, entered and confirmed."""
    fields = {f"{HERE}.{name}": value for name, value in typed.items()}
    sure = await browser.press("下一步", await browser.get(CONTRIBUTIONS), **fields)
    return await browser.press("确认提交", sure)


class TestAHandover:
    @pytest.mark.parametrize(
        "role", ["tax_officer", "medical_insurance_officer", "finance_officer", "auditor"]
    )
    async def test_shows_its_totals_and_the_papers_of_all_parties(self, console, main, role):
        browser = await desk(console, role)

        listed = await browser.get("work/handovers?season=youxi-2020")
        shown = await browser.get(f"{WAY}?part=all")

        assert f'href="../{WAY}"' in listed.text
        assert "已封存" in shown.text and "750.00 元" in shown.text and "2 人，500.00 元" in shown.text
        assert "县税务局" in shown.text and "未签认" in shown.text and "未报" in shown.text
        assert "医疗救助资金" in shown.text and "西滨镇" in shown.text

    async def test_has_sections_in_the_language_of_the_reader(self, console, main):
        browser = await desk(console, "finance_officer")
        await browser.send("language", language="en", then="")
        papers = [
            await browser.get(f"{WAY}/papers/{party}") for party in ("tax", "medical_insurance", "finance")
        ]
        headings = [one for page in papers for one in re.findall(r"<h2[^>]*>([^<]+)<", page.text)]

        assert "Contributions of residents, by township" in headings
        assert not [one for one in headings if re.search("[一-鿿]", one)]

    async def test_opens_printed_for_all_and_for_each_township(self, console, main):
        browser = await desk(console, "finance_officer")
        shown = await browser.get(WAY)

        paper = await browser.get(f"{TAX}/file")
        township = await browser.get(f"{TAX}/townships/350426102000")

        assert f"{TAX.removeprefix('handovers/')}/townships/350426102000" in shown.text
        assert "移交单" in paper.text and "移交单（西滨镇）" in township.text
        assert (await browser.get(f"{TAX}/file?format=pdf")).content.startswith(b"%PDF")
        assert (await browser.get(f"{TAX}/townships/350426999000")).status_code == 404

    async def test_is_shown_to_nobody_of_another_county_or_without_the_right(self, console, main):
        other = await desk(console, "finance_officer", division="620422")
        village = await desk(console, "village_agent", division="350426101203")

        assert (await other.get(WAY)).status_code == 403
        assert (await village.get(WAY)).status_code == 403
        assert (await other.get(WAY.replace("youxi", "nowhere"))).status_code == 404

    async def test_that_the_notice_does_not_have_is_not_found(self, console, main):
        browser = await desk(console, "finance_officer")

        assert (await browser.get(WAY.replace("main", "no-such"))).status_code == 404
        assert (await browser.get(f"{WAY}/papers/health")).status_code == 404


class TestTheSeal:
    async def test_is_set_after_a_look_at_the_draft_and_once(self, console, books):
        await prepare_all(books.context, on("2020-01-01T00:05"))
        browser = await desk(console, "finance_officer")
        shown = await browser.get(WAY)
        sure = await browser.press("下一步", await browser.get(f"{WAY}/close"))
        before = await sealed(console)
        done, again = [await browser.press("确认提交", sure) for _ in range(2)]

        assert "草稿生成时间" in shown.text and "待封存" in shown.text and "草稿" in shown.text
        assert "750.00 元" in sure.text and "封存后不再更改" in sure.text and before == []
        assert "移交已封存" in done.text and "移交已封存" in again.text
        assert await sealed(console) == [("main", 3, 75_000)]
        assert "已封存" in (await browser.get(f"{WAY}/close")).text

    async def test_before_its_day_takes_a_reason_which_is_kept(self, console, books):
        browser = await desk(console, "finance_officer", at="2019-12-20T09:00:00+08:00")
        form = await browser.get(f"{WAY}/close")
        missing = await browser.press("下一步", form)
        sure = await browser.press("下一步", missing, forced_reason="县领导小组要求提前移交")
        done, again = [await browser.press("确认提交", sure) for _ in range(2)]

        assert missing.status_code == 422 and "请填写“提前封存理由”" in missing.text
        assert "移交已封存" in done.text and "移交已封存" in again.text
        assert "县领导小组要求提前移交" in (await browser.get(WAY)).text
        assert [row[0] for row in await sealed(console)] == ["main"]

    async def test_of_one_whose_turn_has_not_come_is_refused_in_the_service_s_words(self, console, books):
        browser = await desk(console, "finance_officer", at="2020-08-01T09:00:00+08:00")
        listed = await browser.get("work/handovers?season=youxi-2020")
        later = next(
            one for one in re.findall(r'href="\.\./(handovers/[a-z0-9/-]+)"', listed.text) if one != WAY
        )
        form = await browser.get(f"{later}/close")

        sure = await browser.press("下一步", form, forced_reason="试")
        refused = await browser.press("确认提交", sure)

        assert f"{later}/close" not in (await browser.get(later)).text
        assert refused.status_code == 422 and 'class="errors"' in refused.text
        assert await sealed(console) == []

    @pytest.mark.parametrize("role", ["tax_officer", "auditor"])
    async def test_is_set_by_finance_alone(self, console, books, role):
        browser = await desk(console, role)

        assert "/close" not in (await browser.get(WAY)).text
        assert (await browser.get(f"{WAY}/close")).status_code == 403
        assert (await browser.send(f"{WAY}/close", key="0")).status_code == 403
        assert await sealed(console) == []

    async def test_is_verified_from_the_postings(self, console, main):
        browser = await desk(console, "auditor")

        found = await browser.get(f"{WAY}/verification")
        await main.run("ALTER TABLE handovers DISABLE TRIGGER ALL")
        await main.run("UPDATE handovers SET sha256 = repeat('0', 64)")
        broken = await browser.get(f"{WAY}/verification")

        assert "一致，封存后没有改动" in found.text
        assert "不一致，请立即告知" in broken.text

    async def test_that_takes_long_to_count_keeps_no_task_from_being_listed(self, console, main, monkeypatch):
        browser = await desk(console, "finance_officer")
        console.context.parts.apis._figures_seconds = 60
        monkeypatch.setattr("libs.common.figures.PATIENCE_SECONDS", 0)
        waits = await browser.get()
        form = await browser.get(f"{WAY}/verification")
        monkeypatch.undo()
        found = await browser.get()

        assert (waits.status_code, form.status_code) == (200, 202)
        assert "“总账”的部分事项正在统计" in words(waits)
        assert waits.headers["refresh"] == "2"
        assert "待签字的移交单" not in words(waits)
        assert "待签字的移交单" in words(found)
        assert "正在统计" not in words(found)


class TestOwnFigures:
    async def test_that_differ_stand_beside_the_others_and_keep_from_signing(self, console, main):
        tax = await desk(console, "tax_officer")
        form = await tax.get(CONTRIBUTIONS)
        sure = await tax.press("下一步", form, **{f"{HERE}.heads": "3", f"{HERE}.fen": "750.00"})
        before = await own(console)
        done, again = [await tax.press("确认提交", sure) for _ in range(2)]

        assert "3 人，750.00 元（不一致，本系统 2 人，500.00 元）" in sure.text and before == []
        assert "本部门数据已填报" in done.text and "本部门数据已填报" in again.text
        assert len(await own(console)) == 1 and "不一致" in done.text
        finance = await desk(console, "finance_officer")
        assert "3 人，750.00 元" in (await finance.get(WAY)).text
        refused = await tax.press("确认提交", await tax.press("下一步", await read(tax)))
        assert refused.status_code == 422 and "该部门数据与系统不一致" in refused.text
        assert await signed(console) == []

    async def test_are_mended_section_by_section_and_the_others_stay(self, console, main):
        tax = await desk(console, "tax_officer")
        await entered(tax, heads="3")
        channels = await tax.get(CONTRIBUTIONS.replace("contributions", "channels"))
        await tax.press("确认提交", await tax.press("下一步", channels, **{f"{WHOLE}.fen": "500"}))
        mended = await tax.get(CONTRIBUTIONS)
        done = await entered(tax, heads="2", fen="500.00")

        assert f'name="{HERE}.heads" value="3"' in mended.text
        latest = (await own(console))[-1][2]
        kept = {(one["section"], one["row"]): (one["heads"], one["amount_fen"]) for one in json.loads(latest)}
        assert kept == {("channels", ""): (None, 50_000), ("contributions", "350426102"): (2, 50_000)}
        assert "不一致" not in done.text and "一致" in done.text

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [("heads", "两人", "整数"), ("fen", "500.005", "如 250.00"), ("heads", "1.5", "整数")],
    )
    async def test_that_cannot_be_read_are_refused_where_they_stand(self, console, main, field, typed, says):
        tax = await desk(console, "tax_officer")

        wrong = await tax.press("下一步", await tax.get(CONTRIBUTIONS), **{f"{HERE}.{field}": typed})

        assert wrong.status_code == 422 and "“西滨镇：" in wrong.text and says in wrong.text
        assert f'href="#{HERE}.{field}"' in wrong.text and await own(console) == []

    async def test_are_entered_by_the_party_alone(self, console, main):
        finance = await desk(console, "finance_officer")
        auditor = await desk(console, "auditor")

        for browser in (finance, auditor):
            assert "填报本部门数据" not in (await browser.get(TAX)).text
            assert (await browser.get(CONTRIBUTIONS)).status_code == 403
            assert (await browser.send(CONTRIBUTIONS, key="0")).status_code == 403
        assert await own(console) == []

    async def test_are_taken_from_when_the_paper_is_a_draft(self, console, books):
        await prepare_all(books.context, on("2020-01-01T00:05"))
        tax = await desk(console, "tax_officer")

        done = await entered(tax, heads="3")

        assert "草稿" in done.text and "sign?paper" not in done.text
        assert [row[:2] for row in await own(console)] == [("tax", "tax_officer")]


class TestSigning:
    async def test_is_made_by_one_signed_by_another_and_done_once(self, console, main):
        tax, second = await desk(console, "tax_officer"), await desk(console, "tax_officer", "tax-2")
        sure = await tax.press("下一步", await read(tax))
        before = await rows_of(console, "ledger", "SELECT 1 FROM approvals")
        done, again = [await tax.press("确认提交", sure) for _ in range(2)]

        assert "由本部门另一人复核签认" in sure.text and "2 人，500.00 元" in sure.text and before == []
        assert "等待第二人复核" in done.text and "等待第二人复核" in again.text
        assert len(await rows_of(console, "ledger", "SELECT 1 FROM approvals")) == 1
        assert "待第二人签认" in done.text and "sign?paper" not in done.text
        approval = re.search(r'href="[./]*(approvals/ledger/\d+)"', done.text)
        assert approval
        asked = await second.get(approval[1])
        agreed = await second.press("下一步", asked, decision="approve", note="")
        await second.press("确认提交", agreed)
        assert TAX in asked.text and "打开核对" in asked.text
        assert await signed(console) == [("tax", "tax_officer", "tax-2")]
        assert "已签认" in (await tax.get(TAX)).text and "tax-2" in (await tax.get(WAY)).text

    async def test_of_a_paper_that_was_not_read_is_refused(self, console, main):
        tax = await desk(console, "tax_officer")
        stale = f"{TAX}/sign?paper={'0' * 64}"
        form = await read(tax)
        moved = form.text.replace(str(form.url.query, "ascii"), f"paper={'0' * 64}")

        assert "签认本移交单" in (await tax.get(stale)).text, "the paper itself is shown"
        key = re.search(r'name="key" value="([^"]+)"', moved)
        assert key
        refused = await tax.send(stale, key=key[1], sure="yes")
        assert refused.status_code == 422 and "移交单内容已变化" in refused.text
        assert await rows_of(console, "ledger", "SELECT 1 FROM approvals") == []

    async def test_is_of_no_other_party_s_people(self, console, main):
        finance = await desk(console, "finance_officer")

        assert "sign?paper" not in (await finance.get(TAX)).text
        assert (await finance.get(f"{TAX}/sign")).status_code == 403
        assert (await finance.send(f"{TAX}/sign", key="0")).status_code == 403
        assert "签认本移交单" in (await finance.get(f"{WAY}/papers/finance")).text
