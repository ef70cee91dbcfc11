"""A notice as its readers need it: as payers do, beside the year before, and by its worked cases."""

import shutil
from pathlib import Path

import pytest

from libs.common.policy import policies_dir
from libs.common.policy.live import LiveNotices


@pytest.fixture
def youxi(registration, tmp_path: Path) -> Path:
    """The directory of a county with two years, of which the second is dearer."""
    county = tmp_path / "youxi"
    shutil.copytree(policies_dir() / "youxi", county)
    text = (county / "2020.yaml").read_text()
    (county / "2021.yaml").write_text(
        text.replace("year: 2020", "year: 2021", 1).replace("value: 250元", "value: 280元", 1)
    )
    registration.context.notices = LiveNotices(tmp_path)
    registration.context.settings = registration.context.settings.model_copy(
        update={"policies_dir": tmp_path}
    )
    return county


async def asked(registration, path, **query):
    answer = await registration.get(f"/v1/notices/{path}", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_leaflet_says_what_payers_want_to_know_in_both_languages(registration):
    parts = (await asked(registration, "youxi/2020/leaflet"))["parts"]

    told = {part["title_zh"]: " ".join(line["words_zh"] for line in part["lines"]) for part in parts}
    assert "250元" in told["缴多少、什么时候缴"]
    assert "2020-01-01" in told["从什么时候享受待遇"] or "1月1日" in told["从什么时候享受待遇"]
    english = " ".join(line["words"] for part in parts for line in part["lines"])
    assert "250 yuan" in english


async def test_a_year_is_put_beside_the_one_before_it(registration, youxi):
    found = await asked(registration, "youxi/2021/differences")

    assert (found["before"].split("@")[0], found["notice"].split("@")[0]) == ("youxi/2020", "youxi/2021")
    facts = [
        (fact["before"], fact["after"])
        for section in found["sections_zh"]
        for rule in section["rules"]
        for fact in rule["facts"]
    ]
    assert ("250元", "280元") in facts
    assert {one["key"] for one in found["sections"]} == {one["key"] for one in found["sections_zh"]}


async def test_a_notice_is_put_beside_that_of_another_county(registration):
    found = await asked(registration, "youxi/2020/differences", before="dongan/2020")

    assert found["before"].startswith("dongan/2020@") and found["sections"]
    same = await asked(registration, "youxi/2020/differences", before="youxi/2020")
    assert (same["sections"], same["sections_zh"]) == ([], [])


@pytest.mark.parametrize("before", [{}, {"before": "youxi/1999"}, {"before": "nowhere/2020"}])
async def test_what_there_is_not_is_not_compared(registration, before):
    answer = await registration.get("/v1/notices/youxi/2020/differences", **before)

    assert (answer.status_code, answer.json()["title_zh"]) == (404, "没有该县该年度的参保通知")


async def test_a_notice_to_compare_with_is_named_by_county_and_year(registration):
    answer = await registration.get("/v1/notices/youxi/2020/differences", before="../2019")

    assert answer.status_code == 422


@pytest.mark.parametrize("season", ["youxi/2020", "qingdao/2027", "huilong/2020"])
async def test_worked_cases_hold_by_the_notice_in_force(registration, season):
    found = await asked(registration, f"{season}/cases")

    assert len(found["items"]) >= 40 and found["fault"] is None
    assert [one["name"] for one in found["items"] if not one["holds"]] == []
    assert all(one["summary_zh"] and one["summary"] for one in found["items"])


async def test_a_case_that_holds_no_more_says_where(registration, youxi):
    path = youxi / "2020.cases.yaml"
    path.write_text(path.read_text().replace("own_due: 250元", "own_due: 251元", 1))

    wrong = [one for one in (await asked(registration, "youxi/2020/cases"))["items"] if not one["holds"]]

    assert wrong and "own_due_fen: expected 25100, got 25000" in wrong[0]["falls_short"]


async def test_a_file_of_cases_that_cannot_be_read_says_why_and_one_that_is_missing_nothing(
    registration, youxi
):
    (youxi / "2020.cases.yaml").write_text("cases: [{name: 没有要求}]")
    found = await asked(registration, "youxi/2020/cases")
    assert found["items"] == [] and "needs name, clause and expect" in found["fault"]

    without = await asked(registration, "youxi/2021/cases")
    assert (without["items"], without["fault"]) == ([], None)


@pytest.mark.parametrize("what", ["leaflet", "differences", "cases"])
async def test_nobody_reads_them_without_a_token(registration, what):
    http = await registration.client(token=None)

    assert (await http.get(f"/v1/notices/youxi/2020/{what}")).status_code == 401
