"""What each party of a handover signs: its figures by name, its own beside ours, frozen and in the chain."""

import io
from typing import Any

import openpyxl
import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.fund_facts import arrived, requested, settled
from libs.common.testing.ledger_facts import granted, on, paid, suspended
from tests.integration.ledger.test_api import BOOKS
from tests.integration.ledger.test_matches import MAIN, TERMS

AT = {CLOCK_HEADER: "2020-01-06T09:00:00+08:00"}
PAPERS = "/v1/handovers/youxi/2020/main/papers"


@pytest.fixture
async def people(desk, client, signing_key):
    """Two people of each party, by department and number."""
    scopes = ["ledger:read", "ledger:sign", "ledger:close"]

    async def of(department, number):
        token = signing_key.issue(f"{department}-{number}", scopes, "*", department=department)
        return await client(desk.context, app=desk.app, token=token)

    return {
        department: (await of(department, 1), await of(department, 2))
        for department in ("tax", "medical_insurance", "finance")
    }


@pytest.fixture
async def main(desk, people):
    """The main handover, sealed: two paid, one exempt, one line in suspense, the match known."""
    one, two = people["finance"]
    asked = await one.post("/v1/fiscal-match/terms", json=TERMS)
    await two.post(f"/v1/approvals/{asked.json()['approval_id']}/approve", json={})
    await desk.send(
        paid(1), paid(16, channel="village_terminal"), granted(2, completes_enrollment=True),
        granted(3, payer="county_finance", mechanism="reimburse_to_card", amount_fen=13000), suspended(77),
        requested(13000), arrived(13000, at=on("2019-12-28")),
    )  # fmt: skip
    return await desk.closed("main", MAIN)


async def paper(people, party: str) -> dict[str, Any]:
    answer = await people[party][0].get(f"{PAPERS}/{party}", headers=AT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def section(paper: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in paper["document"]["sections"] if one["code"] == code)


def lines(paper: dict[str, Any], code: str) -> list[tuple[str, int | None, int]]:
    return [(row["name"], row["heads"], row["amount_fen"]) for row in section(paper, code)["rows"]]


async def ask(people, party: str, sha256: str | None = None) -> Any:
    sha256 = sha256 or (await paper(people, party))["sha256"]
    return await people[party][0].post(f"{PAPERS}/{party}/signature", json={"sha256": sha256}, headers=AT)


async def sign(people, party: str) -> None:
    asked = await ask(people, party)
    assert asked.status_code == 202, asked.text
    agreed = await people[party][1].post(
        f"/v1/approvals/{asked.json()['approval_id']}/approve", json={}, headers=AT
    )
    assert agreed.status_code == 200, agreed.text


class TestAPaper:
    async def test_of_tax_has_heads_and_money_by_township_and_channel_in_the_notice_s_names(
        self, people, main
    ):
        found = await paper(people, "tax")
        assert lines(found, "contributions") == [("西滨镇", 2, 50000)]
        assert lines(found, "channels") == [("tax", 1, 25000), ("村（居）委会、金融普惠点自助终端", 1, 25000)]
        assert (section(found, "channels")["heads"], section(found, "channels")["amount_fen"]) == (2, 50000)
        assert lines(found, "suspense") == [("tax", None, 25000)]
        assert found["document"]["does"] == "核对参保缴费人数与实征金额"

    async def test_of_medical_insurance_has_help_by_payer(self, people, main):
        found = await paper(people, "medical_insurance")
        assert lines(found, "help") == [("医疗救助资金", 1, 25000)]
        assert lines(found, "cards_granted") == [("县财政", 1, 13000)]
        assert found["document"]["sections"][0]["code"] == "help"

    async def test_of_finance_has_what_is_verified_matched_and_remitted(self, people, main):
        found = await paper(people, "finance")
        assert lines(found, "fund") == [("医疗救助资金", 1, 25000), ("个人缴费", 2, 50000)]
        assert section(found, "match_heads")["amount_fen"] == 3 * 52000
        assert lines(found, "match_levels")[0] == ("中央财政", None, 93600)
        assert lines(found, "funds_arrived") == [("县财政", None, 13000)]

    async def test_has_what_moved_after_the_cutoff_until_it_is_due(self, desk, people, main):
        come = {"payer": "centre", "amount_fen": 93600, "arrived_at": "2020-01-08T10:00:00+08:00"}
        for reference, at in (("ZY-1", come["arrived_at"]), ("ZY-2", "2020-01-11T00:00:00+08:00")):
            body = {**BOOKS, "arrivals": [come | {"reference": reference, "arrived_at": at}]}
            answer = await people["finance"][0].post("/v1/fiscal-match/arrivals", json=body)
            assert answer.status_code == 201, answer.text
        found = await paper(people, "finance")
        assert lines(found, "moved_after") == [("财政配套补助到账（中央财政）", None, 93600)]

    async def test_of_somebody_who_is_no_party_there_is_none(self, people, main):
        answer = await people["tax"][0].get(f"{PAPERS}/health", headers=AT)
        assert (answer.status_code, answer.json()["parties"]) == (
            404,
            ["tax", "medical_insurance", "finance"],
        )

    async def test_opens_as_page_pdf_and_workbook(self, people, main):
        http = people["finance"][0]
        page = await http.get(f"{PAPERS}/finance", params={"format": "html"}, headers=AT)
        pdf = await http.get(f"{PAPERS}/finance", params={"format": "pdf"}, headers=AT)
        table = await http.get(f"{PAPERS}/finance", params={"format": "xlsx"}, headers=AT)
        assert "1,560.00" in page.text
        assert "大写：壹仟伍佰陆拾元整" in page.text
        assert "未签认" in page.text
        assert pdf.content.startswith(b"%PDF")
        sheet = openpyxl.load_workbook(io.BytesIO(table.content)).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert ["基金收入核实（按承担方）", "个人缴费", 2, 500, None] in [
            [cell or None for cell in row] for row in rows
        ]


class TestSigning:
    async def test_needs_two_people_of_the_party_and_freezes(self, desk, people, main):
        asked = await ask(people, "tax")
        agree = f"/v1/approvals/{asked.json()['approval_id']}/approve"

        assert (await people["tax"][0].post(agree, json={}, headers=AT)).status_code == 403
        assert (await people["finance"][0].post(agree, json={}, headers=AT)).status_code == 403
        assert (await people["tax"][1].post(agree, json={}, headers=AT)).status_code == 200

        found = await paper(people, "tax")
        assert (found["state"], found["made_by"], found["signed_by"]) == ("signed", "tax-1", "tax-2")
        assert (await ask(people, "tax")).status_code == 409
        with pytest.raises(Exception, match="only ever grows"):
            await desk.run("UPDATE handover_papers SET document = '{}'")

    async def test_is_told_by_the_calendar_of_the_season(self, people, main):
        await sign(people, "tax")

        answer = await people["finance"][0].get("/v1/handovers", params=BOOKS, headers=AT)

        state = next(one for one in answer.json()["items"] if one["deadline_id"] == "main")
        assert (state["parties"], state["signed"]) == (["tax", "medical_insurance", "finance"], ["tax"])

    async def test_of_another_department_is_refused(self, people, main):
        sha256 = (await paper(people, "tax"))["sha256"]
        answer = await people["finance"][0].post(
            f"{PAPERS}/tax/signature", json={"sha256": sha256}, headers=AT
        )
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:canbao:problem:not-your-paper")

    async def test_of_what_was_not_read_is_refused(self, people, main):
        assert (await ask(people, "tax", "0" * 64)).json()["type"] == "urn:canbao:problem:paper-moved-on"

    async def test_says_of_each_party_how_it_stands(self, people, main):
        await sign(people, "tax")
        await ask(people, "finance")
        answer = await people["finance"][0].get(PAPERS, headers=AT)
        assert [(one["party"], one["state"]) for one in answer.json()["items"]] == [
            ("tax", "signed"), ("medical_insurance", "unsigned"), ("finance", "waiting"),
        ]  # fmt: skip

    async def test_puts_its_hash_into_the_document_of_the_next_seal(self, desk, people, main):
        await sign(people, "tax")
        await sign(people, "finance")

        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        found = await paper(people, "tax")
        assert january["totals"]["papers"][0] == {
            "deadline_id": "main", "party": "tax", "sha256": found["sha256"],
        }  # fmt: skip
        assert [one["party"] for one in january["totals"]["papers"]] == ["tax", "finance"]
        assert (await desk.recomputed("monthly-2020-01"))["identical"]


class TestOwnFigures:
    async def test_that_differ_are_a_case_that_keeps_from_signing_and_closes_when_they_agree(
        self, desk, people, main
    ):
        http = people["tax"][0]
        mine = {"section": "contributions", "row": "350426102", "heads": 3, "amount_fen": 75000}
        told = await http.post(f"{PAPERS}/tax/figures", json={"figures": [mine]}, headers=AT)

        assert [(one["name"], one["our_fen"], one["their_fen"]) for one in told.json()["differences"]] == [
            ("西滨镇", 50000, 75000)
        ]
        [case] = (await http.get("/v1/cases", params={**BOOKS, "state": "open"})).json()["items"]
        assert (case["kind"], case["amount_fen"]) == ("handover_differs", 25000)
        refused = await ask(people, "tax")
        assert (refused.status_code, refused.json()["case_id"]) == (409, case["case_id"])

        given = await paper(people, "tax")
        assert (given["own"], given["own_entered_by"]) == ([mine], "tax-1")
        assert given["differences"] == told.json()["differences"]

        agreeing = mine | {"heads": 2, "amount_fen": 50000}
        told = await http.post(f"{PAPERS}/tax/figures", json={"figures": [agreeing]}, headers=AT)

        assert told.json()["differences"] == []
        assert (await http.get(f"/v1/cases/{case['case_id']}")).json()["state"] == "closed"
        await sign(people, "tax")

    async def test_that_are_explained_by_two_let_it_be_signed_and_stand_on_the_paper(self, people, main):
        one, two = people["finance"]
        mine = {"figures": [{"section": "fund", "row": "residents", "amount_fen": 49900}]}
        await one.post(f"{PAPERS}/finance/figures", json=mine, headers=AT)
        [case] = (await one.get("/v1/cases", params={**BOOKS, "state": "open"})).json()["items"]
        decided = await one.post(
            f"/v1/cases/{case['case_id']}/decision",
            json={"step": "explain", "reason": "手续费另列"},
            headers=AT,
        )
        approval = decided.json()["approval"]["approval_id"]
        assert (await two.post(f"/v1/approvals/{approval}/approve", json={}, headers=AT)).status_code == 200

        await sign(people, "finance")

        page = await one.get(f"{PAPERS}/finance", params={"format": "html"}, headers=AT)
        assert "本单位 — 人 499.00 元" in page.text

    async def test_are_read_from_a_file_by_the_words_of_the_paper(self, people, main):
        of = "个人缴费（按乡镇）"
        table = f'项目,对象,人数,金额（元）\n{of},西滨镇,2,500.00\n{of},合计,2,"1,500.00"\n'
        answer = await people["tax"][0].post(
            f"{PAPERS}/tax/figures/file",
            content=table.encode("gb18030"),
            headers={"content-type": "text/csv", **AT},
        )
        assert [(one["name"], one["their_fen"]) for one in answer.json()["differences"]] == [("合计", 150000)]

    async def test_are_read_from_the_template_as_a_workbook_and_empty_lines_say_nothing(self, people, main):
        http = people["tax"][0]
        template = await http.get(f"{PAPERS}/tax/figures/template", headers=AT)
        book = openpyxl.load_workbook(io.BytesIO(template.content))
        sheet = book.worksheets[0]
        names = [sheet.cell(row, 2).value for row in range(2, sheet.max_row + 1)]
        assert names[:2] == ["西滨镇", "合计"]
        sheet["C2"], sheet["D3"] = 2, 1500.5
        filled = io.BytesIO()
        book.save(filled)

        answer = await http.post(f"{PAPERS}/tax/figures/file", content=filled.getvalue(), headers=AT)

        assert answer.status_code == 200, answer.text
        assert [(one["name"], one["their_fen"]) for one in answer.json()["differences"]] == [("合计", 150050)]
        assert len((await paper(people, "tax"))["own"]) == 2

    async def test_of_a_file_are_all_refused_where_a_line_is_wrong_and_each_is_named(self, people, main):
        of = "个人缴费（按乡镇）"
        table = f"项目,对象,人数,金额（元）\n{of},没有镇,2,\n{of},合计,2,\n{of},合计,3,\n{of},西滨镇,,五百\n"
        answer = await people["tax"][0].post(f"{PAPERS}/tax/figures/file", content=table.encode(), headers=AT)
        faults = [one["pointer"] for one in answer.json()["errors"]]
        assert (answer.status_code, faults) == (422, ["#/file/2", "#/file/4", "#/file/5"])
        assert (await paper(people, "tax"))["own"] == []

    async def test_of_lines_that_the_paper_does_not_have_are_refused(self, people, main):
        mine = {"figures": [{"section": "contributions", "row": "350426999", "heads": 1}]}
        answer = await people["tax"][0].post(f"{PAPERS}/tax/figures", json=mine, headers=AT)
        assert (answer.status_code, answer.json()["figures"]) == (422, ["contributions/350426999"])


class TestTheTownshipsOfAPaper:
    TOWNSHIPS = ("350426101000", "350426102000")

    @pytest.fixture
    async def two_townships(self, desk, people):
        """The main handover of people of two townships, the match known and work funds settled."""
        one, two = people["finance"]
        asked = await one.post("/v1/fiscal-match/terms", json=TERMS)
        await two.post(f"/v1/approvals/{asked.json()['approval_id']}/approve", json={})
        elsewhere = {"division_code": "350426101200"}
        await desk.send(
            paid(1), paid(16, channel="village_terminal"), paid(17).model_copy(update=elsewhere),
            granted(31, completes_enrollment=True),
            granted(18, completes_enrollment=True).model_copy(update=elsewhere),
        )  # fmt: skip
        await desk.send(settled({"350426101000": 300000, "350426102000": 500000}))
        return await desk.closed("main", MAIN)

    async def part(self, people, party, township, **query):
        path = f"{PAPERS}/{party}/townships/{township}"
        answer = await people["finance"][0].get(path, params=query, headers=AT)
        assert answer.status_code == 200, answer.text
        return answer

    @pytest.mark.parametrize("party", ["tax", "medical_insurance", "finance"])
    async def test_add_up_to_the_paper_line_by_line(self, people, two_townships, party):
        whole = await paper(people, party)
        parts = [(await self.part(people, party, one)).json() for one in self.TOWNSHIPS]

        divided = {one["code"] for part in parts for one in part["document"]["sections"]}
        assert (
            divided
            == {
                "tax": {"contributions", "channels"},
                "medical_insurance": {"help"},
                "finance": {"fund", "help", "match_heads", "work_funds_settled"},
            }[party]
        )
        for code in divided:
            there = [part for part in parts if code in str(part["document"])]
            assert (
                sum(section(part, code)["amount_fen"] for part in there) == section(whole, code)["amount_fen"]
            )
            added: dict[str, tuple[int, int]] = {}
            for part in there:
                for row in section(part, code)["rows"]:
                    heads, fen = added.get(row["key"], (0, 0))
                    added[row["key"]] = heads + (row["heads"] or 0), fen + row["amount_fen"]
            rows = section(whole, code)["rows"]
            assert added == {row["key"]: (row["heads"] or 0, row["amount_fen"]) for row in rows}

    async def test_keep_their_figures_and_the_papers_hash_when_it_is_signed(self, people, two_townships):
        before = (await self.part(people, "tax", "350426102000")).json()
        await sign(people, "tax")
        after = (await self.part(people, "tax", "350426102000")).json()

        assert after["document"] == before["document"]
        assert (after["state"], after["sha256"]) == ("signed", (await paper(people, "tax"))["sha256"])

    async def test_open_as_page_pdf_and_workbook_with_the_townships_name(self, people, two_townships):
        page = await self.part(people, "finance", "350426101000", format="html")
        pdf = await self.part(people, "finance", "350426101000", format="pdf")
        table = await self.part(people, "finance", "350426101000", format="xlsx")

        assert "移交单（梅仙镇）" in page.text
        assert "西滨镇" not in page.text
        assert pdf.content.startswith(b"%PDF")
        assert openpyxl.load_workbook(io.BytesIO(table.content)).active.max_row > 5

    async def test_are_seen_by_who_works_there_and_by_nobody_of_another(
        self, desk, client, people, two_townships
    ):
        own = await client(desk.context, app=desk.app, scopes=["ledger:read"], division="350426101")
        answers = [
            (await own.get(f"{PAPERS}/tax/townships/{one}", headers=AT)).status_code for one in self.TOWNSHIPS
        ]
        assert answers == [200, 403]

    async def test_that_the_notice_does_not_have_are_refused(self, people, two_townships):
        path = f"{PAPERS}/tax/townships/350426999000"
        answer = await people["finance"][0].get(path, headers=AT)
        assert (answer.status_code, "350426101000" in answer.json()["townships"]) == (404, True)
