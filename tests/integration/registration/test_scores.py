"""Scores and work funds: from people and events, entered and agreed on by two, frozen and signed."""

import asyncio
import io
import re
import shutil
import zipfile
from typing import Any

import pytest

from canbao.context import load_all_notices
from libs.common.bus.consumer import Received
from libs.common.bus.port import Message
from libs.common.settings import REPOSITORY, CommonSettings
from services.registration.enrollments.handlers import COLLECTION
from services.registration.tables import documents
from tests.integration.registration.builders import household, moment, paid

DONGAN = {"county": "dongan", "coverage_year": 2020}
YOUXI = {"county": "youxi", "coverage_year": 2020}
FIRST, SECOND, THIRD = "431122100000", "431122101000", "431122102000"
ENDED = "2021-01-05T09:00:00+08:00"
#: Towns of a hundred people: what a notice sets them.
TASK = 90


@pytest.fixture(scope="module")
def notices(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notices, with tasks for three small towns each."""
    directory = tmp_path_factory.mktemp("policies")
    for county in ("dongan", "youxi"):
        shutil.copytree(REPOSITORY / "policies" / county, directory / county)
        path = directory / county / "2020.yaml"
        text = path.read_text(encoding="utf-8")
        rows = re.findall(r"    - \{name: .*division: .*\}\n", text)
        for row in rows[3:]:
            text = text.replace(row, "")
        path.write_text(re.sub(r"task: \d+\}", f"task: {TASK}}}", text), encoding="utf-8")
    return load_all_notices(CommonSettings(policies_dir=directory))


async def people(registration: Any, town: str, payers: int, others: int, county: str = "dongan") -> None:
    """Register people of a town, each a household; the first `payers` of them have paid in the window."""
    rows = [
        household(f"{town}-{one}", county=county, division_code=village(town))
        for one in range(payers + others)
    ]
    answer = await registration.register(*rows, at="2019-09-02T09:00:00+08:00")
    assert answer["rejected"] == []
    await registration.assess()
    await pay(registration, town, 0, payers)


async def pay(
    registration: Any, town: str, first: int, last: int, at: str = "2019-10-01T10:00:00+08:00"
) -> None:
    """The people of a town from the one number to the other have paid."""
    found = await registration.rows(
        "SELECT id AS enrollment_id, county, coverage_year, division_code FROM enrollments"
        " WHERE division_code = :village ORDER BY id",
        village=village(town),
    )
    facts = [paid(dict(row._mapping), at) for row in found[first:last]]
    batch = [
        Received(
            fact,
            Message(fact.topic, 0, 1, "k", str(fact.payment_id), "canbao/test", fact.type, moment(at), b"{}"),
        )
        for fact in facts
    ]
    async with registration.context.engine.begin() as conn:
        await COLLECTION.handle(conn, batch)


def village(town: str) -> str:
    return f"{town[:9]}201"


async def populations(registration: Any, *towns: str, population: int = 100, employees: int = 0) -> None:
    """What the bulletin says of towns, by which rates are told."""
    told = {"dated_on": "2018-12-31", "source": "2018年统计公报"}
    figures = [
        {"division_code": town, "kind": kind, "value": value, **told}
        for town in towns
        for kind, value in (("population", population), ("employees", employees))
    ]
    answer = await registration.post(
        "/v1/progress/figures", DONGAN | {"figures": figures}, "2019-10-01T09:00:00+08:00"
    )
    assert answer.status_code == 201, answer.text


async def poor(registration: Any, first: int, last: int, on: str) -> None:
    """The people of the first town from the one number to the other are on a roster of a day."""
    people = await registration.opened(
        "SELECT d.number FROM documents d JOIN enrollments e USING (person_id)"
        " WHERE e.division_code = :village ORDER BY e.id",
        documents.c.number,
        village=village(FIRST),
    )
    roster = DONGAN | {
        "status": "registered_poor", "department": "poverty_office", "listed_on": on,
        "rows": [{"id_number": one, "effective_on": on, "class": "not_exited"} for one in people[first:last]],
    }  # fmt: skip
    answer = await registration.post("/v1/rosters", roster, f"{on}T09:00:00+08:00")
    assert answer.json()["rejected"] == [], answer.text


async def scores(registration: Any, at: str = ENDED, season: Any = DONGAN, **query: Any) -> Any:
    answer = await registration.http.get("/v1/scores", params=season | query, headers={"canbao-clock": at})
    assert answer.status_code == 200, answer.text
    return answer.json() if query.get("format", "json") == "json" else answer


def town(sheet: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in sheet["document"]["units"] if one["division_code"] == code)


class Officers:
    """Two people who score."""

    def __init__(self, registration: Any) -> None:
        self.registration = registration
        self.first: Any = None
        self.second: Any = None

    async def ask(self, who: str, path: str, body: Any, at: str = ENDED) -> Any:
        scopes = ["progress:read", "scores:write"]
        http = await self.registration.client(scopes=scopes, subject=who)
        return await http.post(path, json=body, headers={"canbao-clock": at})

    async def enters(self, code: str = FIRST, *, season: Any = DONGAN, at: str = ENDED, **what: Any) -> Any:
        body = season | {
            "division_code": code, "kind": "incident", "happened_on": "2019-11-20",
            "evidence": "舆情专报第12期", **what,
        }  # fmt: skip
        return await self.ask("zhao", "/v1/scores/entries", body, at)

    async def agrees(self, asked: Any, who: str = "qian", *, word: str = "approve", at: str = ENDED) -> Any:
        return await self.ask(who, f"/v1/approvals/{asked['approval_id']}/{word}", {}, at)

    async def agreed(self, code: str = FIRST, **what: Any) -> Any:
        """An entry on which two agreed."""
        made = await self.enters(code, **what)
        assert made.status_code == 201, made.text
        answer = await self.agrees(made.json())
        assert answer.status_code == 200, answer.text
        return made.json()

    async def freezes(self, who: str = "zhao", *, season: Any = DONGAN, at: str = ENDED) -> Any:
        return await self.ask(who, "/v1/scores/sheets", season | {"reason": "年终考核"}, at)


@pytest.fixture
def officers(registration) -> Officers:
    return Officers(registration)


async def a_season(registration: Any) -> None:
    """97 of 100 people of the first town, 95 of the second and 80 of the third, and an error in a name."""
    await people(registration, FIRST, 97, 3)
    await people(registration, SECOND, 95, 5)
    await people(registration, THIRD, 80, 20)
    await populations(registration, FIRST, SECOND, THIRD)
    someone = await registration.value(
        "SELECT min(person_id) FROM enrollments WHERE division_code = :village", village=village(FIRST)
    )
    wrong = {
        **DONGAN, "person_id": someone, "wrong": "与身份证不符",
        "correction": {"kind": "name", "name": "张山"}, "proofs": [{"kind": "id_card"}],
    }  # fmt: skip
    reporter = await registration.client(scopes=["tickets:write"], subject="village")
    answer = await reporter.post(
        "/v1/tickets", json=wrong, headers={"canbao-clock": "2019-10-08T09:00:00+08:00"}
    )
    assert answer.status_code == 201, answer.text


class TestDongan:
    async def test_97_percent_and_99_percent_accuracy_are_101_points_and_1_yuan_10_for_everybody(
        self, registration, officers
    ):
        await a_season(registration)

        sheet = await scores(registration)

        first = town(sheet, FIRST)
        assert [line["formula"] for line in first["lines"]] == [
            "40 + 2 × 1 = 42", "10 - 1 × 1 = 9", "40 = 40", "10 = 10",
        ]  # fmt: skip
        assert (first["total"], first["place"], first["task_met"]) == (101, 1, True)
        assert first["funds"]["formula"] == "1.10 × 97 = 106.70"
        assert [one["clause"] for one in first["follows"]] == ["附2四1"]
        assert (sheet["state"], sheet["open"]) == ("provisional", [])

        third = town(sheet, THIRD)
        assert third["lines"][0]["formula"] == "40 - 15 × 1 = 25"
        assert (third["total"], third["place"], third["task_met"]) == (85, 3, False)
        assert third["funds"]["amount_fen"] == 0
        assert [one["clause"] for one in third["follows"]] == ["附2四2"]

    async def test_each_point_less_takes_a_fen_and_incidents_two_points(self, registration, officers):
        await a_season(registration)
        await officers.agreed(SECOND, item="2.4")
        await officers.agreed(SECOND, kind="judged", item="2.4", points=9)

        second = town(await scores(registration), SECOND)

        assert second["lines"][3]["formula"] == "9 - 1 × 2 = 7"
        assert (second["total"], second["funds"]["formula"]) == (97, "0.97 × 95 = 92.15")

    async def test_an_item_is_of_its_own_day(self, registration):
        await people(registration, FIRST, 89, 11)
        await populations(registration, FIRST, SECOND, THIRD)
        at = "2019-12-20T09:00:00+08:00"
        early = town(await scores(registration, at), FIRST)
        await pay(registration, FIRST, 89, 95, "2020-03-01T10:00:00+08:00")

        late = town(await scores(registration), FIRST)

        assert (early["lines"][0]["formula"], late["lines"][0]["formula"]) == ("40 - 6 × 1 = 34", "40 = 40")
        assert late["lines"][2]["counted_at"].startswith("2019-12-31T23:59:59")
        assert (await scores(registration, at))["open"][0]["zh"].startswith("统计截止日")

    async def test_the_poor_count_at_the_windows_end_and_who_is_newly_found_at_the_years(
        self, registration, officers
    ):
        await people(registration, FIRST, 95, 5)
        await populations(registration, FIRST, SECOND, THIRD)
        # Of twenty poor people 19 had paid when the window ended; the last one pays too late for that.
        await poor(registration, 76, 96, "2019-09-20")
        await pay(registration, FIRST, 95, 96, "2020-02-10T10:00:00+08:00")
        # Of ten who are found in March nine have paid before, and one never does.
        await poor(registration, 67, 76, "2020-03-10")
        await poor(registration, 99, 100, "2020-03-10")

        line = town(await scores(registration), FIRST)["lines"][2]

        assert line["formula"] == "40 - 5 × 2 - 10 × 2 = 10"
        assert [(one["percent"], one["counted_at"][:10]) for one in line["parts"]] == [
            ("95.00", "2019-12-31"), ("90.00", "2020-12-31"), ("100.00", "2020-12-31"),
        ]  # fmt: skip

    async def test_what_nobody_told_is_missing_and_the_sheet_cannot_be_final(self, registration, officers):
        await people(registration, FIRST, 2, 0)

        first = town(await scores(registration), FIRST)
        refused = await officers.freezes()

        assert (first["total"], first["missing"][0]["zh"]) == (None, "参保率")
        assert refused.json()["type"] == "urn:canbao:problem:score-not-complete"
        assert refused.json()["missing"]


class TestYouxi:
    async def test_work_funds_are_settled_by_completion_on_the_day_of_the_main_handover(
        self, registration, officers
    ):
        towns = ("350426100000", "350426101000", "350426102000")
        await people(registration, towns[0], 45, 5, county="youxi")
        await people(registration, towns[1], 91, 0, county="youxi")
        for code in towns:
            await officers.agreed(code, season=YOUXI, kind="budget", amount_fen=1_000_001)
        await pay(registration, towns[0], 45, 50, "2020-03-01T10:00:00+08:00")

        sheet = await scores(registration, season=YOUXI)

        assert sheet["document"]["rule"] == "by_completion"
        funds = [town(sheet, code)["funds"] for code in towns]
        assert [one["formula"] for one in funds] == [
            "10,000.01 × 45 ÷ 90 = 5,000.00", "10,000.01 × 90 ÷ 90 = 10,000.01", "10,000.01 × 0 ÷ 90 = 0.00",
        ]  # fmt: skip
        assert town(sheet, towns[0])["completion"] == "50.00"
        frozen = await officers.freezes(season=YOUXI)
        assert (await officers.agrees(frozen.json())).status_code == 200
        assert (await scores(registration, season=YOUXI))["state"] == "final"
        [told] = await registration.rows(
            "SELECT key, data::json AS fact FROM outbox WHERE type = 'canbao.work_funds.settled.v1'"
        )
        assert (told.key, [(one["division_code"], one["amount_fen"]) for one in told.fact["units"]]) == (
            "youxi", [(towns[0], 500000), (towns[1], 1000001), (towns[2], 0)],
        )  # fmt: skip


class TestFrozenSheets:
    async def test_are_listed_with_who_asked_and_who_signed_or_sent_back(self, registration, officers):
        towns = ("350426100000", "350426101000", "350426102000")
        for code in towns:
            await officers.agreed(code, season=YOUXI, kind="budget", amount_fen=1_000_000)
        first = (await officers.freezes(season=YOUXI)).json()
        await officers.agrees(first, word="reject")
        second = (await officers.freezes(season=YOUXI)).json()

        leader = await registration.client(scopes=["progress:read"], subject="leader", division="350426")
        listed = (await leader.get("/v1/scores/sheets", params=YOUXI)).json()["items"]

        assert [(one["sheet_id"], one["state"], one["signed_by"]) for one in listed] == [
            (first["sheet_id"], "refused", "qian"), (second["sheet_id"], "waiting", None),
        ]  # fmt: skip
        assert [one["approval_id"] for one in listed] == [None, second["approval_id"]]
        other = await registration.client(scopes=["progress:read"], division="620422")
        assert (await other.get("/v1/scores/sheets", params=YOUXI)).status_code == 403


class TestEntries:
    async def test_count_when_another_person_agrees_and_nobody_agrees_with_himself(
        self, registration, officers
    ):
        made = (await officers.enters(item="2.4")).json()

        own = await officers.agrees(made, "zhao")
        before = town(await scores(registration), FIRST)["lines"][3]
        other = await officers.agrees(made)
        after = town(await scores(registration), FIRST)["lines"][3]

        assert (own.status_code, other.status_code) == (403, 200)
        assert (before["points"], after["points"], after["incidents"]) == (10, 8, 1)
        assert after["entry_ids"] == [made["entry_id"]]

    async def test_of_what_happened_after_the_day_of_its_item_are_shown_and_do_not_count(
        self, registration, officers
    ):
        await officers.agreed(item="2.4", happened_on="2021-01-01", at="2021-01-04T09:00:00+08:00")
        await officers.agreed(item="2.4", happened_on="2020-12-31", at="2021-01-04T09:00:00+08:00")

        line = town(await scores(registration), FIRST)["lines"][3]
        listed = (await registration.http.get("/v1/scores/entries", params=DONGAN)).json()["items"]

        assert (line["incidents"], line["formula"]) == (1, "10 - 1 × 2 = 8")
        assert [(one["happened_on"], one["late"]) for one in listed] == [
            ("2021-01-01", True), ("2020-12-31", False),
        ]  # fmt: skip

    async def test_are_decided_once_by_two_officers_at_once(self, registration, officers):
        made = (await officers.enters(item="2.4")).json()

        answers = await asyncio.gather(*(officers.agrees(made, who) for who in ("qian", "sun")))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert town(await scores(registration), FIRST)["lines"][3]["incidents"] == 1

    async def test_that_are_refused_or_withdrawn_do_not_count(self, registration, officers):
        refused = (await officers.enters(item="2.4")).json()
        assert (await officers.agrees(refused, word="reject")).status_code == 200
        kept = await officers.agreed(item="2.4")
        path = f"/v1/scores/entries/{kept['entry_id']}/withdrawal"
        asked = await officers.ask("zhao", path, {"reason": "与参保工作无关"})
        assert town(await scores(registration), FIRST)["lines"][3]["incidents"] == 1
        assert (await officers.agrees(asked.json())).status_code == 200

        assert town(await scores(registration), FIRST)["lines"][3]["incidents"] == 0
        listed = (await registration.http.get("/v1/scores/entries", params=DONGAN)).json()["items"]
        assert [(one["state"], one["decided_by"]) for one in listed] == [
            ("refused", "qian"), ("withdrawn", "qian"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("what", "member"),
        [
            ({"item": "2.1"}, "item"),
            ({"item": "2.9"}, "item"),
            ({"item": "2.1", "kind": "judged", "points": 40}, "item"),
            ({"item": "2.4", "kind": "judged", "points": 11}, "points"),
            ({"item": "2.4", "points": 2}, "points"),
            ({"kind": "budget", "amount_fen": 100}, "kind"),
        ],
    )
    async def test_that_the_notice_has_no_place_for_are_refused(self, officers, what, member):
        answer = await officers.enters(**what)
        assert (answer.status_code, answer.json()["member"]) == (422, member)

    async def test_of_a_place_without_a_task_are_refused(self, officers):
        answer = await officers.enters("431122999000", item="2.4")
        assert answer.json()["type"] == "urn:canbao:problem:score-unit-unknown"

    async def test_lose_numbers_of_people_at_the_door(self, registration, officers):
        made = (await officers.enters(item="2.4", evidence="当事人431122199001011234反映")).json()
        assert "199001011234" not in made["evidence"]


class TestTheSheet:
    async def test_is_final_when_another_signs_it_and_stays_as_it_was(self, registration, officers):
        await a_season(registration)
        frozen = await officers.freezes()
        assert frozen.status_code == 202, frozen.text
        assert (await officers.agrees(frozen.json(), "zhao")).status_code == 403
        assert (await officers.agrees(frozen.json())).status_code == 200
        await populations(registration, FIRST, population=200)
        late = await officers.enters(item="2.4")

        sheet = await scores(registration)
        path = f"/v1/scores/sheets/{sheet['sheet_id']}/verification"
        again = (await registration.http.get(path)).json()

        assert (sheet["state"], sheet["asked_by"], sheet["signed_by"]) == ("final", "zhao", "qian")
        assert town(sheet, FIRST)["total"] == 101
        assert late.json()["type"] == "urn:canbao:problem:score-is-final"
        assert (again["identical"], again["sha256"]) == (True, sheet["sha256"])

    async def test_is_frozen_once_by_two_at_once_and_again_after_it_was_sent_back(
        self, registration, officers
    ):
        await a_season(registration)

        answers = await asyncio.gather(*(officers.freezes(who) for who in ("zhao", "sun")))

        assert sorted(answer.status_code for answer in answers) == [202, 409]
        (frozen,) = [answer.json() for answer in answers if answer.status_code == 202]
        assert (await officers.agrees(frozen, word="reject")).status_code == 200
        assert (await officers.freezes()).status_code == 202

    async def test_is_not_frozen_while_an_entry_waits(self, registration, officers):
        await a_season(registration)
        await officers.enters(item="2.4")
        refused = await officers.freezes()
        assert (refused.status_code, "待复核" in str(refused.json()["missing"])) == (409, True)

    async def test_is_a_page_that_offices_print_and_a_workbook(self, registration, officers):
        await a_season(registration)
        await officers.agreed(SECOND, item="2.4", evidence="舆情<script>专报")

        page = (await scores(registration, format="html")).text
        book = (await scores(registration, format="xlsx")).content

        assert "东安县2020年度参保缴费工作绩效考核汇总表" in page
        for said in ("40 + 2 × 1 = 42", "1.10 × 97 = 106.70", "扣分事例 1 例", "复核人", "暂计"):
            assert said in page
        assert "<script>" not in page
        with zipfile.ZipFile(io.BytesIO(book)) as parts:
            cells = b"".join(
                parts.read(name) for name in parts.namelist() if "sheet1" in name or "shared" in name
            )
        assert "10 - 1 × 2 = 8".encode() in cells

    async def test_shows_a_township_its_own(self, registration):
        own = await registration.client(scopes=["progress:read"], division=FIRST[:9])
        mine = (await own.get("/v1/scores", params=DONGAN)).json()
        other = await own.get("/v1/scores", params=DONGAN | {"division_code": SECOND})
        nothing = await own.post("/v1/scores/entries", json={})
        assert [one["division_code"] for one in mine["document"]["units"]] == [FIRST]
        assert (other.status_code, nothing.status_code) == (403, 403)

    async def test_is_unknown_where_the_notice_has_no_score(self, registration):
        answer = await registration.http.get(
            "/v1/scores", params={"county": "nowhere", "coverage_year": 2020}
        )
        assert answer.status_code == 404
