"""Schools, stations and squadrons register their people by list, in time and about them alone."""

import asyncio
import csv
import io
from dataclasses import dataclass
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from services.registration.enrollments.handlers import COLLECTION
from tests.integration.registration.builders import household, member, number, paid

COUNTY, YEAR = "songming", 2018
TOWN, HOME = "530127001001", "530127101201"
IN_TIME, LAST, LATE = (
    "2017-11-20T10:00:00+08:00",
    "2017-12-20T23:59:59+08:00",
    "2017-12-21T00:00:00+08:00",
)


def pupil(name: str = "杨晓岚", id_number: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "documents": [{"number": id_number or number("2002-03-14")}], **more}


@dataclass
class Unit:
    """A unit, and its clerk."""

    registration: Any
    http: Any
    about: dict[str, Any]

    @property
    def season(self) -> dict[str, Any]:
        return {"county": self.about["county"], "coverage_year": self.about["coverage_year"]}

    async def send(self, *lines: dict[str, Any], at: str = IN_TIME, **more: Any) -> Any:
        return await self.http.post(
            "/v1/unit-lists", json=self.season | {"lines": list(lines)} | more, headers={"canbao-clock": at}
        )

    async def sends(self, *lines: dict[str, Any], at: str = IN_TIME, **more: Any) -> dict[str, Any]:
        answer = await self.send(*lines, at=at, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sends_file(self, file: bytes, name: str = "pupils.csv", **more: Any) -> Any:
        return await self.http.post(
            "/v1/unit-lists/files",
            data={key: str(value) for key, value in (self.season | more).items()},
            files={"file": (name, file)},
            headers={"canbao-clock": IN_TIME},
        )

    async def shows(self, path: str = "/lines", **query: str) -> Any:
        headers = {"canbao-clock": IN_TIME}
        return await self.http.get(f"/v1/units/{self.about['unit_id']}{path}", params=query, headers=headers)

    async def progress(self) -> dict[str, int]:
        shown = (await self.http.get(f"/v1/units/{self.about['unit_id']}")).json()
        return {name: shown[name] for name in ("listed", "registered", "paid", "exempt", "late")}


@pytest.fixture
def open_unit(registration, client, signing_key):
    async def open_unit(
        code: str = "SCHOOL-1",
        rule: str = "vocational-schools",
        county: str = COUNTY,
        year: int = YEAR,
        village: str = TOWN,
    ) -> Unit:
        body = {"county": county, "coverage_year": year, "code": code, "name": "职业中学", "rule": rule}
        answer = await registration.post("/v1/units", body | {"division_code": village}, at=IN_TIME)
        assert answer.status_code == 201, answer.text
        http = await registration.client(scopes=["units:write"], division=village[:6], subject=code)
        token = signing_key.issue(code, ["units:write"], village[:6], "unit_clerk", unit=code)
        http.headers["authorization"] = f"Bearer {token}"
        return Unit(registration, http, answer.json())

    return open_unit


def kinds(done: dict[str, Any]) -> list[str | None]:
    found = [line["problem"] for line in done["lines"]]
    return [one and one["type"].rsplit(":", 1)[1] for one in found]


class TestASchool:
    async def test_registers_its_pupils_until_the_last_second_of_the_day(self, open_unit):
        school = await open_unit()
        one, other = pupil(), pupil("李小明")

        done = await school.sends(one, at=LAST)
        assert (done["added"], done["version_no"], kinds(done)) == (1, 1, [None])

        late = await school.sends(one, other, at=LATE, replaces=1)
        assert kinds(late) == [None, "unit-list-late"]
        assert late["lines"][0]["result"] == "kept"
        problem = late["lines"][1]["problem"]
        assert problem["closed_at"] == LAST
        assert "2018年2月22日17时" in problem["instead"]["zh"]
        assert (late["version_no"], late["late"]) == (1, 1)
        assert await school.progress() == {
            "listed": 1, "registered": 1, "paid": 0, "exempt": 0, "late": 1
        }  # fmt: skip

    async def test_learns_from_a_dry_run_what_each_line_comes_to_and_keeps_nothing(
        self, open_unit, registration
    ):
        school = await open_unit()
        wrong = pupil("王小红", "530127200203141229")
        lines = [pupil(), wrong, {"name": "无证"}, pupil("赵小天", employee_insurance={"state": "active"})]

        tried = await school.sends(*lines, dry_run=True)

        assert [line["result"] for line in tried["lines"]] == ["registered", "refused", "refused", "refused"]
        first = tried["lines"][0]
        assert (first["person_id"], first["own_due_fen"], first["clauses"]) == (None, 18_000, ["三"])
        assert kinds(tried)[1:] == ["row-invalid", "row-invalid", "not-insurable"]
        assert tried["lines"][3]["problem"]["reason"] == "employee_insured"
        assert await registration.value("SELECT count(*) FROM persons") == 0
        assert await registration.events("enrollment") == []
        assert (await school.progress())["listed"] == 0

        done = await school.sends(*lines)
        assert [line["result"] for line in done["lines"]] == [line["result"] for line in tried["lines"]]
        assert len(await registration.events("enrollment.registered")) == 1

    async def test_leaves_a_pupil_at_home_whom_the_parents_registered(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨父"), member("杨晓岚", known), county=COUNTY, year=YEAR)
        await registration.register(home | {"division_code": HOME}, at="2017-10-15T10:00:00+08:00")
        await registration.assess()
        before = await registration.rows(
            "SELECT p.facts, p.known_at, h.household_no, h.division_code FROM persons p "
            "JOIN households h ON h.id = p.household_id ORDER BY p.id"
        )
        school = await open_unit()

        done = await school.sends(
            pupil("杨晓岚", known, hukou="elsewhere", sex="female"), pupil("杨小岚", known[:-1] + known[-1])
        )
        assert kinds(done) == [None, "duplicate-in-input"]
        assert (done["lines"][0]["result"], done["lines"][0]["own_due_fen"]) == ("listed", 18_000)
        assert kinds(await school.sends(pupil("别人", known), replaces=1)) == [
            "registered-under-another-name"
        ]
        after = await registration.rows(
            "SELECT p.facts, p.known_at, h.household_no, h.division_code FROM persons p "
            "JOIN households h ON h.id = p.household_id ORDER BY p.id"
        )
        assert after == before
        assert len(await registration.events("enrollment.registered")) == 2

    async def test_sees_who_has_paid_and_who_is_exempt(self, open_unit, registration):
        school = await open_unit()
        paying, poor = number("2002-03-14"), number("2002-03-15")
        roster = {
            "county": COUNTY, "coverage_year": YEAR, "status": "dibao", "department": "civil_affairs",
            "listed_on": "2017-10-20", "mode": "add",
            "rows": [{"id_number": poor, "effective_on": "2017-10-01"}],
        }  # fmt: skip
        listed = await registration.post("/v1/rosters", roster, at="2017-10-20T10:00:00+08:00")
        assert listed.json()["rejected"] == [], listed.text

        done = await school.sends(pupil("杨晓岚", paying), pupil("李小明", poor))
        assert [line["outcome"] for line in done["lines"]] == ["payable", "exempt"]
        assert done["lines"][1]["clauses"] == ["三", "六(一)"]
        assert done["own_due_fen"] == 18_000

        await registration.assess()
        enrollment = (await registration.enrollment(paying, year=YEAR))["enrollment"]
        await registration.handle(COLLECTION, paid(enrollment, "2017-12-01T09:00:00+08:00", 18_000))
        assert await school.progress() == {"listed": 2, "registered": 2, "paid": 1, "exempt": 0, "late": 0}
        shown = (await school.http.get(f"/v1/units/{school.about['unit_id']}/lines")).json()["items"]
        assert [(one["line"], one["masked_name"], one["state"]) for one in shown] == [
            (1, "杨**", "paid"), (2, "李**", "assessed"),
        ]  # fmt: skip

    async def test_begins_no_enrollment_again_that_the_office_ended(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨晓岚", known), county=COUNTY, year=YEAR) | {"division_code": HOME}
        await registration.register(home, at="2017-10-15T10:00:00+08:00")
        enrollment = (await registration.enrollment(known, year=YEAR))["enrollment"]
        path = f"/v1/enrollments/{enrollment['enrollment_id']}/cancel"
        ended = await registration.post(path, {"reason": "重复登记"}, at=IN_TIME)
        assert ended.status_code == 200, ended.text
        school = await open_unit()

        assert kinds(await school.sends(pupil("杨晓岚", known))) == ["enrollment-ended-by-office"]

    async def test_cannot_try_out_names_at_a_number(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨晓岚", known), county=COUNTY, year=YEAR) | {"division_code": HOME}
        await registration.register(home, at="2017-10-15T10:00:00+08:00")
        school = await open_unit()
        for name in "甲乙丙丁戊己庚辛壬癸":
            tried = await school.sends(pupil(name, known), dry_run=True)
            assert kinds(tried) == ["registered-under-another-name"]

        assert (await school.send(pupil("子", known), dry_run=True)).status_code == 429


class TestAList:
    async def test_that_comes_again_changes_nothing_and_a_newer_one_says_what_changed(
        self, open_unit, registration
    ):
        school = await open_unit()
        one, two, three = pupil("甲"), pupil("乙"), pupil("丙")
        await school.sends(one, two)
        told = len(await registration.events("enrollment"))

        again = await school.sends(one, two)
        assert (again["version_no"], again["added"], again["kept"]) == (1, 0, 2)
        assert len(await registration.events("enrollment")) == told

        newer = await school.sends(two, three, replaces=1)
        assert (newer["version_no"], newer["added"], newer["kept"]) == (2, 1, 1)
        assert [row["line"] for row in newer["left_out"]] == [1]
        left = (await registration.enrollment(one["documents"][0]["number"], year=YEAR))["enrollment"]
        assert left["state"] == "registered"
        listed = await registration.events("enrollment.listed")
        assert [(row["version_no"], row["listed"]) for row in listed] == [
            (1, True), (1, True), (2, False), (2, True),
        ]  # fmt: skip

    async def test_of_one_clerk_does_not_undo_that_of_another_at_the_same_moment(self, open_unit):
        school = await open_unit()

        answers = await asyncio.gather(school.send(pupil("甲")), school.send(pupil("乙")))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["version_no"] == 1
        assert (await school.progress())["listed"] == 1

    async def test_that_two_clerks_send_at_the_same_moment_is_one(self, open_unit, registration):
        school = await open_unit()
        lines = [pupil("甲"), pupil("乙")]

        answers = await asyncio.gather(school.sends(*lines), school.sends(*lines))

        assert sorted(done["added"] for done in answers) == [0, 2]
        assert await registration.value("SELECT count(*) FROM persons") == 2

    async def test_that_breaks_off_keeps_nothing_and_can_be_sent_again(
        self, open_unit, registration, monkeypatch
    ):
        school = await open_unit()
        lines = [pupil("甲"), pupil("乙")]

        async def killed(*_: Any) -> None:
            raise ConnectionError("the process ends here")

        with monkeypatch.context() as broken:
            broken.setattr("services.registration.units.store.note", killed)
            assert (await school.send(*lines)).status_code == 503
        assert await registration.value("SELECT count(*) FROM persons") == 0

        done = await school.sends(*lines)
        assert (done["added"], done["version_no"]) == (2, 1)
        assert len(await registration.events("enrollment.listed")) == 2


class TestAClerk:
    async def test_finds_the_own_unit_among_those_of_the_county_and_no_other(self, open_unit, registration):
        school, other = await open_unit(), await open_unit("SCHOOL-2")

        own = await school.http.get("/v1/units", params=school.season)
        offices = await registration.get("/v1/units", **school.season)

        assert [one["code"] for one in own.json()["items"]] == ["SCHOOL-1"]
        assert [one["code"] for one in offices.json()["items"]] == ["SCHOOL-1", "SCHOOL-2"]
        assert [
            one["code"] for one in (await other.http.get("/v1/units", params=other.season)).json()["items"]
        ] == ["SCHOOL-2"]

    async def test_sees_and_lists_for_the_own_unit_alone(self, open_unit, registration):
        school, other = await open_unit(), await open_unit("SCHOOL-2")
        await school.sends(pupil())

        for path in ("", "/lines"):
            refused = await other.http.get(f"/v1/units/{school.about['unit_id']}{path}")
            assert refused.status_code == 403
        assert (await school.http.get("/v1/reports/enrollments")).status_code == 403
        nobody = await registration.client(scopes=["units:write"], division="530127")
        body = {"county": COUNTY, "coverage_year": YEAR, "lines": [pupil()]}
        assert (await nobody.post("/v1/unit-lists", json=body)).status_code == 403

    async def test_leaves_a_trace_of_whom_the_list_named(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨晓岚", known), county=COUNTY, year=YEAR) | {"division_code": HOME}
        await registration.register(home, at="2017-10-15T10:00:00+08:00")
        school = await open_unit()
        await school.sends(pupil("杨晓岚", known), pupil("李小明", known[:-1]))

        trail = await registration.rows(
            "SELECT operation, person_id, query_digest FROM person_lookups WHERE subject = 'SCHOOL-1' "
            "ORDER BY id"
        )
        assert [(row.operation, row.person_id) for row in trail] == [
            ("send_unit_list", await registration.person_id(known))
        ]


class TestOtherUnits:
    async def test_a_hospital_station_lists_newborns_of_the_year_only(self, open_unit, registration):
        station = await open_unit("HOSPITAL", "hospital-stations", "youxi", 2020, "350426100001")
        mother = number()
        await registration.register(household("1", member("陈母", mother)), at="2019-10-01T10:00:00+08:00")
        at = "2020-03-10T10:00:00+08:00"
        child = {"born": "2020-03-01", "documents": [{"type": "birth_certificate", "number": "T350000001"}]}

        done = await station.sends({"name": "陈宝", "guardian": mother, **child}, pupil("大人"), at=at)

        assert kinds(done) == [None, "not-of-this-unit"]
        assert (done["lines"][0]["result"], done["lines"][0]["own_due_fen"]) == ("registered", 25_000)
        assert done["lines"][1]["problem"]["clause"] == "五.2"

    async def test_a_welfare_institution_says_when_it_took_somebody_in(self, open_unit):
        home = await open_unit("WELFARE", "welfare-institutions", "dongan", 2020, "431122100001")
        child = {"born": "2020-01-01", "documents": [{"type": "birth_certificate", "number": "T430000001"}]}
        at = "2020-02-10T10:00:00+08:00"

        assert kinds(await home.sends({"name": "福福", **child}, at=at)) == ["event-day-missing"]
        done = await home.sends({"name": "福福", "event_on": "2020-02-01", **child}, at=at)

        assert kinds(done) == [None]
        assert done["lines"][0]["outcome"] == "blocked"  # the notice leaves the fiscal amount open
        assert done["lines"][0]["reason"] == "fiscal_match_unknown"

    async def test_a_department_lists_whom_it_has_recognized(self, open_unit, registration):
        office = await open_unit("CIVIL", "civil-affairs", "youxi", 2020, "350426100001")
        known = number()
        roster = {
            "county": "youxi", "coverage_year": 2020, "status": "medical_assistance_1",
            "department": "civil_affairs", "listed_on": "2019-09-10", "mode": "add",
            "rows": [{"id_number": known, "effective_on": "2019-09-01"}],
        }  # fmt: skip
        await registration.post("/v1/rosters", roster)

        done = await office.sends(pupil("张某", known), pupil("李某"), at="2019-09-20T10:00:00+08:00")

        assert kinds(done) == [None, "not-of-this-unit"]
        assert done["lines"][0]["outcome"] == "exempt"


def sheets(**rows: list[list[Any]]) -> bytes:
    """A workbook with these sheets."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    for name, lines in rows.items():
        sheet = book.add_worksheet(name)
        for place, cells in enumerate(lines):
            sheet.write_row(place, 0, cells)
    book.close()
    return file.getvalue()


class TestASpreadsheet:
    async def test_of_a_school_is_a_list_like_any_other(self, open_unit, registration):
        school = await open_unit()
        one, other = number("2002-03-14"), number("2002-03-15")
        file = (
            "嵩明县职业中学2018年度参保名单\n\n*姓名,性别（选填）,身份证号（必填）,户籍,备注\n"
            f"杨晓岚,,{one},外地,\n,,,,\n李小明,太,'{other},,转学\n王小红,,{other[:-1]},,\n杨晓岚,,{one},,\n"
        ).encode("gb18030")

        tried = (await school.sends_file(file, dry_run=True)).json()

        assert [(line["line"], line["result"]) for line in tried["lines"]] == [
            (4, "registered"), (6, "refused"), (7, "refused"), (8, "refused"),
        ]  # fmt: skip
        assert kinds(tried) == [None, "row-invalid", "row-invalid", "duplicate-in-input"]
        faults = [line["problem"]["errors"][0] for line in tried["lines"][1:3]]
        assert [fault["pointer"] for fault in faults] == ["性别（选填）", "身份证号（必填）"]
        assert all(fault["detail"] and fault["detail_zh"] for fault in faults)
        assert tried["lines"][3]["problem"]["first_line"] == 4
        assert await registration.value("SELECT count(*) FROM persons") == 0

        done = (await school.sends_file(file)).json()
        assert (done["added"], done["refused"], done["own_due_fen"]) == (1, 3, 18_000)
        facts = await registration.value("SELECT facts FROM persons")
        assert (facts["hukou"], facts["school"]) == ("elsewhere", "vocational")

    async def test_may_be_a_workbook_with_a_sheet_for_every_class(self, open_unit):
        school = await open_unit()
        one, other = number("2002-03-14"), number("2002-03-15")
        title = ["姓名", "身份证号码"]
        file = sheets(
            高一1班=[title, ["杨晓岚", one]],
            高一2班=[["名单"], title, ["李小明", other], ["无证", ""]],
            说明=[["请填写"]],
        )

        done = (await school.sends_file(file, "名单.xlsx")).json()

        assert [(line["place"], line["result"]) for line in done["lines"]] == [
            ("高一1班!2", "registered"), ("高一2班!3", "registered"), ("高一2班!4", "refused"),
        ]  # fmt: skip
        (unread,) = done["unread"]
        assert "说明" in unread["detail_zh"]
        assert "说明" in unread["detail"]

    @pytest.mark.parametrize(
        ("file", "problem"),
        [
            (b"", "file-unreadable"),
            ("姓名,身份证号\n,\n".encode(), "file-unreadable"),
            ("姓名,班级\n杨晓岚,1\n".encode(), "columns-missing"),
            ("姓名,身份证号,公民身份号码\n甲,1,2\n".encode(), "column-twice"),
            (b"PK\x03\x04 no workbook", "file-unreadable"),
        ],
    )
    async def test_that_nobody_can_read_is_refused_and_says_how_to_mend_it(self, open_unit, file, problem):
        refused = await (await open_unit()).sends_file(file)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith(problem)
        assert refused.json()["title_zh"]

    async def test_has_no_more_lines_than_a_list(self, open_unit):
        rows = "".join(f"甲{place},{place}\n" for place in range(5_001))
        refused = await (await open_unit()).sends_file(f"姓名,身份证号\n{rows}".encode())
        assert refused.status_code == 413
        assert refused.json()["max_rows"] == 5_000

    async def test_sent_again_is_answered_as_before_and_another_one_needs_another_key(self, open_unit):
        school = await open_unit()
        school.http.headers["idempotency-key"] = '"one"'
        file, other = (f"姓名,身份证号\n甲,{number()}\n".encode() for _ in range(2))
        first, again, another = [await school.sends_file(sent) for sent in (file, file, other)]
        assert again.json() == first.json()
        assert again.headers["canbao-repeated"] == "true"
        assert another.status_code == 422


class TestAPupilOnTwoLists:
    async def test_is_pointed_out_to_both_schools_and_the_other_is_named_to_offices_alone(
        self, open_unit, registration
    ):
        school, other = await open_unit(), await open_unit("SCHOOL-2")
        both = pupil()
        assert (await school.sends(both))["lines"][0]["troubles"] == []

        tried = await other.sends(both, pupil("李小明"), dry_run=True)
        assert [line["troubles"] for line in tried["lines"]] == [["on_two_lists"], []]
        done = await other.sends(both, pupil("李小明"))
        assert [line["troubles"] for line in done["lines"]] == [["on_two_lists"], []]

        for unit in (school, other):
            first = (await unit.shows()).json()["items"][0]
            assert (first["troubles"], first["also_listed_by"]) == (["on_two_lists"], [])
            assert (await unit.shows("")).json()["on_two_lists"] == 1
        office = await registration.http.get(f"/v1/units/{school.about['unit_id']}/lines")
        assert office.json()["items"][0]["also_listed_by"] == ["SCHOOL-2"]
        assert await registration.value("SELECT count(*) FROM enrollments") == 2

        await other.sends(pupil("王小红"), replaces=1)
        assert (await school.shows()).json()["items"][0]["troubles"] == []

    async def test_is_pointed_out_where_the_household_has_paid_already(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨父"), member("杨晓岚", known), county=COUNTY, year=YEAR)
        await registration.register(home | {"division_code": HOME}, at="2017-10-15T10:00:00+08:00")
        await registration.assess()
        enrollment = (await registration.enrollment(known, year=YEAR))["enrollment"]
        await registration.handle(COLLECTION, paid(enrollment, "2017-11-01T09:00:00+08:00", 18_000))
        school = await open_unit()

        tried = await school.sends(pupil("杨晓岚", known), dry_run=True)
        (line,) = tried["lines"]
        assert (line["troubles"], line["paid_fen"], line["own_due_fen"]) == (["paid_before"], 18_000, None)
        await school.sends(pupil("杨晓岚", known))
        (line,) = (await school.shows()).json()["items"]
        assert (line["troubles"], line["paid_fen"]) == (["paid_before"], 18_000)
        assert (await school.shows("")).json()["paid_before"] == 1

    async def test_is_said_on_the_list_of_the_village(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨父"), member("杨晓岚", known), county=COUNTY, year=YEAR)
        await registration.register(home | {"division_code": HOME}, at="2017-10-15T10:00:00+08:00")
        await (await open_unit()).sends(pupil("杨晓岚", known))

        wanted = {"county": COUNTY, "coverage_year": YEAR, "division_code": HOME}
        village = await registration.post("/v1/surveys/search", wanted, at=IN_TIME)
        assert [one["listed_by"] for one in village.json()["items"]] == [[], ["职业中学"]]

    async def test_is_said_to_whoever_is_about_to_pay_while_nobody_has(self, open_unit, registration):
        known = number("2002-03-14")
        home = household("1", member("杨父"), member("杨晓岚", known), county=COUNTY, year=YEAR)
        await registration.register(home | {"division_code": HOME}, at="2017-10-15T10:00:00+08:00")
        await registration.assess()
        path = f"/v1/persons/{await registration.person_id(known)}/enrollments/{YEAR}/cover"
        family = await registration.client(scopes=["orders:write"], division="530127")

        async def warned() -> list[str]:
            answer = (await family.get(path, headers={"canbao-clock": IN_TIME})).json()
            return [one["id"] for one in answer["warnings"] if "职业中学" in one["words_zh"]]

        assert await warned() == []
        await (await open_unit()).sends(pupil("杨晓岚", known))
        assert await warned() == ["on_unit_list"]
        enrollment = (await registration.enrollment(known, year=YEAR))["enrollment"]
        await registration.handle(COLLECTION, paid(enrollment, "2017-12-01T09:00:00+08:00", 18_000))
        assert await warned() == []


class TestWhatAUnitTakesHome:
    async def test_is_a_table_with_what_each_owes_and_has_paid(self, open_unit, registration):
        school = await open_unit()
        paying = number("2002-03-14")
        await school.sends(pupil("杨晓岚", paying), pupil("李小明"))
        await registration.assess()
        enrollment = (await registration.enrollment(paying, year=YEAR))["enrollment"]
        await registration.handle(COLLECTION, paid(enrollment, "2017-12-01T09:00:00+08:00", 18_000))

        table = (await school.shows("/roster", format="csv")).content.decode("utf-8-sig")
        header, first, second = csv.reader(io.StringIO(table))
        assert header[:6] == ["行号", "姓名", "证件号码", "参保状态", "应缴（元）", "已缴（元）"]
        assert first[:6] == ["1", "杨晓岚", f"{paying[:6]}********{paying[-4:]}", "已缴", "", "180.00"]
        assert second[1::2][:2] == ["李小明", "未缴"]
        assert second[4:6] == ["180.00", ""]

        book = await school.shows("/roster", format="xlsx")
        rows = python_calamine.load_workbook(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
        assert [row[1] for row in rows] == ["姓名", "杨晓岚", "李小明"]
        office = await registration.client(scopes=["registration:read"], division="530127")
        path = f"/v1/units/{school.about['unit_id']}/roster"
        assert "杨**" in (await office.get(path, params={"format": "csv"})).text
        seen = await registration.value(
            "SELECT count(*) FROM person_lookups WHERE operation = 'export_unit_list' AND person_id > 0"
        )
        assert seen == 6

    async def test_can_be_only_those_who_have_not_paid(self, open_unit, registration):
        school = await open_unit()
        paying = number("2002-03-14")
        await school.sends(pupil("杨晓岚", paying), pupil("李小明"))
        await registration.assess()
        enrollment = (await registration.enrollment(paying, year=YEAR))["enrollment"]
        await registration.handle(COLLECTION, paid(enrollment, "2017-12-01T09:00:00+08:00", 18_000))

        shown = (await school.shows(state="assessed")).json()["items"]
        assert [(one["masked_name"], one["own_due_fen"]) for one in shown] == [("李**", 18_000)]
