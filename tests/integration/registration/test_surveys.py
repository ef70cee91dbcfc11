"""Surveys: whom a village has to ask, what was answered, and lists that tick themselves off."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from libs.common.events.collection import PaymentRejudged
from services.registration.enrollments.handlers import COLLECTION, SUBSIDY
from services.registration.notices.alarming import see_to_registrations
from tests.integration.registration.builders import (
    OTHER_VILLAGE,
    VILLAGE,
    csv_of,
    household,
    member,
    moment,
    number,
    paid,
    refunded,
    suspended,
)
from tests.integration.registration.test_imports import progress, upload

HEADER = [
    *("户号", "村代码", "与户主关系", "姓名", "身份证号码", "联系电话", "摸底结果"),
    *("未参保原因", "证明材料", "说明人", "摸底日期"),
]


class Survey:
    """A village's base as its township sends it, and its lists as offices see them."""

    def __init__(self, registration: Any) -> None:
        self.registration = registration

    async def send(self, *people: list[str], at: str = "2019-09-05T10:00:00+08:00", **form: Any) -> int:
        rows = [[*one, *[""] * (len(HEADER) - len(one))] for one in people]
        body = csv_of([HEADER, *rows])
        import_id = await upload(self.registration, body, kind="survey", at=at, **form)
        await self.registration.run_imports()
        return import_id

    async def progress(self, import_id: int) -> dict[str, Any]:
        return await progress(self.registration, import_id)

    async def search(self, http: Any = None, **wanted: Any) -> list[dict[str, Any]]:
        body = {"county": "youxi", "coverage_year": 2020} | wanted
        answer = await (http or self.registration.http).post(
            "/v1/surveys/search", json=body, headers={"canbao-clock": "2019-12-20T10:00:00+08:00"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def lists(self, **wanted: Any) -> dict[str, str]:
        return {one["name"]: one["on_list"] for one in await self.search(**wanted)}

    async def bases(self) -> list[dict[str, Any]]:
        answer = await self.registration.get("/v1/surveys/bases", county="youxi", coverage_year=2020)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


@pytest.fixture
def survey(registration) -> Survey:
    return Survey(registration)


def one(name: str, *more: str, no: str = "1", village: str = VILLAGE, id_number: str = "") -> list[str]:
    """A row: phone, answer, reason, proof, who said so, and on which day follow as they are given."""
    return [no, village, "户主", name, id_number or number(), *more]


async def in_pages(survey: Survey, limit: int, body: dict[str, Any]) -> list[str]:
    """The names on a list, so many at once until there are no more."""
    names: list[str] = []
    after = None
    while True:
        on = {"limit": limit} | ({"after": after} if after else {})
        page = (await survey.registration.http.post("/v1/surveys/search", json=body, params=on)).json()
        names += [row["name"] for row in page["items"]]
        after = page["next_after"]
        if after is None:
            return names


class TestBases:
    async def test_is_made_of_a_file_and_says_who_is_not_registered(self, survey):
        import_id = await survey.send(one("张三"), one("李四", no="2"))

        assert (await survey.progress(import_id))["new"] == 2
        (base,) = await survey.bases()
        assert (base["people"], base["version_no"], base["dated_on"]) == (2, 1, "2019-09-05")
        assert [row["differences"] for row in await survey.search()] == [["not_registered"]] * 2

    async def test_the_same_file_again_changes_nothing(self, survey):
        people = [one("张三", "13800000000", "参保"), one("李四", no="2")]
        await survey.send(*people)
        again = await survey.send(*people, at="2019-09-06T10:00:00+08:00")

        assert (await survey.progress(again))["unchanged"] == 2
        assert len(await survey.bases()) == 1
        assert await survey.registration.value("SELECT count(*) FROM survey_rows") == 2
        assert await survey.registration.value("SELECT count(*) FROM survey_answers") == 1

    async def test_says_in_the_audit_whom_it_said_something_about(self, survey):
        known, same = number(), number()
        await survey.registration.register(
            household("1", member("张三", known)), household("2", member("李四", same))
        )
        await survey.send(one("张三", id_number=known), one("李四", no="2", id_number=same))
        await survey.send(one("张三", "13800000000", id_number=known), one("李四", no="2", id_number=same))

        looked = "SELECT count(*) FROM person_lookups WHERE operation = 'import' AND person_id = :id"
        seen = [await survey.registration.person_id(one_of) for one_of in (known, same)]
        assert [await survey.registration.value(looked, id=person_id) for person_id in seen] == [2, 1]

    async def test_a_newer_file_is_a_new_version_and_keeps_the_one_before(self, survey):
        stays, goes, changes = one("张三"), one("李四", no="2"), one("王五", no="3")
        await survey.send(stays, goes, changes)
        changes.append("13900000000")
        await survey.send(stays, changes, one("赵六", no="4"), listed_on="2019-09-20")

        newest = (await survey.bases())[-1]
        assert newest["version_no"] == 2
        assert newest["dated_on"] == "2019-09-20"
        assert (newest["added"], newest["changed"], newest["left_out"]) == (1, 1, 1)
        assert sorted(row["name"] for row in await survey.search()) == ["张三", "王五", "赵六"]
        gone = "SELECT count(*) FROM survey_rows WHERE until_base IS NOT NULL"
        assert await survey.registration.value(gone) == 2

    async def test_a_dry_run_says_what_would_happen_and_keeps_nothing(self, survey):
        import_id = await survey.send(one("张三"), dry_run="true")

        assert (await survey.progress(import_id))["new"] == 1
        assert await survey.bases() == []
        assert await survey.registration.value("SELECT count(*) FROM survey_rows") == 0

    async def test_faulty_rows_are_listed_and_the_others_are_the_base(self, survey):
        same = number()
        import_id = await survey.send(
            one("张三", id_number=same),
            one("李四", no="2", id_number=same),
            one("王五", no="3", id_number="350426198006150000"),
            one("赵六", "", "不参保", "职工医保", no="4"),
            one("钱七", "", "参保", "死亡", no="5"),
            one("孙八", no="6", village="350427101203"),
        )

        assert (await survey.progress(import_id))["rejected"] == 5
        errors = (await survey.registration.get(f"/v1/imports/{import_id}/errors.csv")).text.splitlines()
        assert "duplicate-in-input" in errors[1]
        assert errors[2].startswith("4,身份证号码,校验码不符")
        assert errors[3].startswith("5,证明材料,此原因须写明证明材料")
        assert errors[4].startswith("6,未参保原因,仅在不参保时填写")
        assert "division-outside-notice" in errors[5]
        assert [row["name"] for row in await survey.search()] == ["张三"]

    async def test_each_village_of_a_file_has_its_own_versions(self, survey):
        here, there = one("张三"), one("李四", village=OTHER_VILLAGE)
        await survey.send(here, there)
        await survey.send(here, one("王五", village=OTHER_VILLAGE, no="9"), there)

        versions = [(base["division_code"], base["version_no"]) for base in await survey.bases()]
        assert versions == [(VILLAGE, 1), (OTHER_VILLAGE, 1), (OTHER_VILLAGE, 2)]

    async def test_a_file_that_breaks_off_leaves_no_base(self, survey):
        body = csv_of([HEADER, *[one(f"张{n}", no=str(n)) + [""] * 6 for n in range(1, 300)]])
        broken = body + b'"1,350426101203\n'
        import_id = await upload(survey.registration, broken, kind="survey")
        await survey.registration.run_imports()

        assert (await survey.progress(import_id))["state"] == "failed"
        assert await survey.bases() == []
        assert await survey.registration.value("SELECT count(*) FROM survey_rows") == 0

    async def test_an_older_file_that_comes_through_late_is_no_base_any_more(self, survey, monkeypatch):
        late = await upload(survey.registration, csv_of([HEADER, one("张三") + [""] * 6]), kind="survey")
        newer = await upload(survey.registration, csv_of([HEADER, one("李四") + [""] * 6]), kind="survey")
        hold = "UPDATE imports SET retry_at = now() + interval '1 hour' WHERE id = :id"
        async with survey.registration.context.engine.begin() as conn:
            await conn.execute(text(hold), {"id": late})
        await survey.registration.run_imports()
        async with survey.registration.context.engine.begin() as conn:
            await conn.execute(text("UPDATE imports SET retry_at = NULL WHERE id = :id"), {"id": late})
        await survey.registration.run_imports()

        assert [base["import_id"] for base in await survey.bases()] == [newer]
        errors = (await survey.registration.get(f"/v1/imports/{late}/errors.csv")).text
        assert "survey-superseded" in errors


class TestLists:
    async def test_tick_themselves_off_when_the_money_is_there(self, survey):
        paying, owing = number(), number()
        await survey.registration.register(
            household("1", member("张三", paying)), household("2", member("李四", owing))
        )
        await survey.registration.assess()
        await survey.send(one("张三", id_number=paying), one("李四", no="2", id_number=owing))
        assert await survey.lists() == {"张三": "unpaid", "李四": "unpaid"}

        enrollment = (await survey.registration.enrollment(paying))["enrollment"]
        fact = paid(enrollment, "2019-10-02T09:00:00+08:00")
        await survey.registration.handle(COLLECTION, fact)

        assert await survey.lists() == {"张三": "paid", "李四": "unpaid"}
        assert await survey.lists(on_list="unpaid") == {"李四": "unpaid"}

    async def test_hold_whoever_is_registered_and_in_no_base(self, survey):
        child = number("2019-09-01")
        await survey.registration.register(household("1", member("张三"), member("张小", child)))

        assert [row["differences"] for row in await survey.search()] == [["not_in_base"]] * 2
        assert await survey.lists() == {"张三": "unpaid", "张小": "unpaid"}

    async def test_leave_out_who_is_not_to_be_insured_here_and_keep_who_refuses(self, survey):
        proof = ("", "不参保", "职工医保", "参保证明", "户主", "2019-09-03")
        await survey.send(one("张三", *proof), one("李四", "", "不参保", "拒绝参保", no="2"))

        assert await survey.lists() == {"张三": "excluded", "李四": "unpaid"}
        answer = (await survey.search(on_list="excluded"))[0]["answer"]
        assert answer == {
            "answer": "not_here",
            "reason": "employee_insurance",
            "proof": "参保证明",
            "said_by": "户主",
            "said_at": "2019-09-03T23:59:59+08:00",
            "entered_by": "test",
        }

    async def test_say_what_base_and_record_say_differently(self, survey):
        known = number()
        await survey.registration.register(household("1", member("张三", known)))
        await survey.send(one("张山", no="7", id_number=known))

        (row,) = await survey.search()
        assert row["differences"] == ["name", "household_no"]
        assert row["troubles"] == []

    async def test_say_whose_money_waits_until_it_counts_or_went_back(self, survey):
        """Whoever has paid and is in suspense is not chased as if nothing had come."""
        registration, counts = survey.registration, number()
        await registration.register(household("1", member("张三", counts), member("张小")))
        (one, other) = await registration.rows("SELECT person_id FROM enrollments ORDER BY id")
        received = paid((await registration.enrollment(counts))["enrollment"], "2019-12-02T09:00:00+08:00")
        refund = refunded(received.model_copy(update={"payment_id": 2}), "2019-12-10T09:00:00+08:00")

        async def troubled() -> list[str]:
            found = await survey.search(troubled=True)
            return [row["name"] for row in found if "money_waits" in row["troubles"]]

        await registration.handle(COLLECTION, suspended(1, one.person_id), suspended(2, other.person_id))
        assert await troubled() == ["张三", "张小"]
        applied = received.model_copy(update={"payment_id": 1, "from_suspense": True})
        await registration.handle(COLLECTION, applied)
        assert await troubled() == ["张小"]
        await registration.handle(SUBSIDY, refund.model_copy(update={"amount_fen": 5_000}))
        assert await troubled() == ["张小"]
        await registration.handle(SUBSIDY, refund.model_copy(update={"amount_fen": 20_000}))
        assert await troubled() == []

    async def test_know_of_money_that_waits_in_whatever_order_it_is_told(self, survey):
        registration = survey.registration
        await registration.register(household("1", member("张三")))
        (one,) = await registration.rows("SELECT person_id FROM enrollments")
        first, found = suspended(1, None), dict(suspended(1, one.person_id)) | {"received_at": None}
        rejudged = PaymentRejudged.model_validate(
            found | {"rejudged_at": moment("2019-12-04T09:00:00+08:00")}
        )

        await registration.handle(COLLECTION, rejudged)
        await registration.handle(COLLECTION, first)

        assert [row["troubles"] for row in await survey.search(troubled=True)] == [["money_waits"]]

    async def test_do_not_take_money_for_a_lapsed_year_for_that_of_this_year(self, survey):
        """Whoever sees it believes that the person has paid, and asks no more."""
        await survey.registration.register(household("1", member("张三")))
        (one,) = await survey.registration.rows("SELECT person_id FROM enrollments")
        for number_, reason in enumerate(("repair_not_possible", "name_mismatch"), start=1):
            more = {"reason": reason, "repaired_year": 2018}
            repair = suspended(number_, one.person_id).model_copy(update=more)
            await survey.registration.handle(COLLECTION, repair)
        assert await survey.search(troubled=True) == []

    async def test_of_two_villages_that_have_the_same_person_say_so(self, survey):
        same = number()
        await survey.send(one("张三", id_number=same))
        await survey.send(one("张三", id_number=same, village=OTHER_VILLAGE))

        assert [row["troubles"] for row in await survey.search()] == [["on_two_lists"]] * 2
        assert len(await survey.search(troubled=True, division_code=VILLAGE)) == 1

    async def test_find_a_person_whose_number_was_corrected(self, survey):
        wrong, right = number(), number()
        await survey.registration.register(household("1", member("张三", wrong)))
        await survey.send(one("张三", id_number=wrong))
        correction = {"wrong_number": wrong, "right_number": right, "reason": "已核对身份证"}
        person_id = await survey.registration.person_id(wrong)
        await survey.registration.post(f"/v1/persons/{person_id}/documents/correction", correction)

        (row,) = await survey.search()
        assert (row["person_id"], row["differences"]) == (person_id, [])

    async def test_are_searched_by_name_number_and_household(self, survey):
        wanted = number()
        await survey.send(one("张三", id_number=wanted), one("李四", no="2"), one("张小", no="2"))

        assert set(await survey.lists(name="张", division_code=VILLAGE)) == {"张三", "张小"}
        assert set(await survey.lists(id_number=wanted)) == {"张三"}
        assert set(await survey.lists(household_no="2")) == {"李四", "张小"}

    async def test_are_searched_by_row_and_by_person_and_only_they_are_looked_at(self, survey):
        known, beside = number(), number()
        await survey.registration.register(
            household("1", member("张三", known), member("李四", beside)), household("9", member("王五"))
        )
        await survey.send(one("张三", id_number=known), one("赵六", no="2"))
        (row,) = await survey.search(name="赵六", division_code=VILLAGE)
        person_id = await survey.registration.person_id(beside)

        assert set(await survey.lists(row_id=row["row_id"])) == {"赵六"}
        assert set(await survey.lists(person_id=person_id)) == {"李四"}
        assert await survey.lists(row_id=row["row_id"], division_code=OTHER_VILLAGE) == {}
        looked = "SELECT count(*) FROM person_lookups WHERE operation = 'search_surveys' AND person_id = :id"
        known_id = await survey.registration.person_id(known)
        assert await survey.registration.value(looked, id=person_id) == 1
        assert await survey.registration.value(looked, id=known_id) == 0

    async def test_go_on_page_by_page(self, survey):
        await survey.send(*[one(f"张{n}", no=f"A{n % 4}") for n in range(10)])
        body = {"county": "youxi", "coverage_year": 2020}

        names = await in_pages(survey, 4, body)

        assert len(names) == len(set(names)) == 10

    @pytest.mark.parametrize("limit", [1, 2, 3])
    async def test_of_few_among_many_households_of_several_villages_end_nowhere_before(self, survey, limit):
        places = [(f"H{n:02}", VILLAGE if n < 20 else OTHER_VILLAGE) for n in range(40)]
        unpaid = (0, 18, 19, 20, 39)
        away = ("", "不参保", "职工医保", "参保证明", "户主", "2019-09-03")
        await survey.send(
            *[
                one(f"张{n}", *(() if n in unpaid else away), no=no, village=at)
                for n, (no, at) in enumerate(places)
            ],
            *[
                one(f"李{n}", *(() if n == 19 else away), no=places[n][0], village=places[n][1])
                for n in (18, 19)
            ],
        )
        body = {"county": "youxi", "coverage_year": 2020, "on_list": "unpaid"}
        names = await in_pages(survey, limit, body)

        assert sorted(names) == sorted(["张0", "张18", "张19", "李19", "张20", "张39"])

    async def test_are_masked_by_scope_kept_within_the_division_and_audited(self, survey):
        known = number()
        await survey.registration.register(household("1", member("张三", known)))
        await survey.send(one("张三", "13800000000", id_number=known))
        office = await survey.registration.client(scopes=["survey:read"], division=VILLAGE)
        village = await survey.registration.client(scopes=["survey:read", "survey:write"], division=VILLAGE)
        other = await survey.registration.client(scopes=["survey:read"], division=OTHER_VILLAGE)

        (seen,) = await survey.search(office)
        assert (seen["name"], seen["phone"]) == ("张*", "***")
        (seen,) = await survey.search(village)
        assert (seen["name"], seen["phone"]) == ("张三", "13800000000")
        assert seen["id_number"] == f"{known[:6]}{'*' * 8}{known[-4:]}"
        assert await survey.search(other) == []
        looked = "SELECT count(*) FROM person_lookups WHERE operation = 'search_surveys' AND person_id = :id"
        assert await survey.registration.value(looked, id=await survey.registration.person_id(known)) == 2


class TestAnswers:
    async def say(self, survey, *answers, http=None, at="2019-10-01T10:00:00+08:00"):
        body = {"county": "youxi", "coverage_year": 2020, "answers": list(answers)}
        answer = await (http or survey.registration.http).post(
            "/v1/surveys/answers", json=body, headers={"canbao-clock": at}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def test_are_kept_all_and_the_newest_counts_in_whatever_order_they_come(self, survey):
        await survey.send(one("张三", "", "参保"))
        (row,) = await survey.search()
        who = {"row_id": row["row_id"], "said_by": "邻居李四", "answer": "not_here"}
        moved = who | {"reason": "moved", "proof": "迁移证", "said_at": "2019-09-30T09:00:00+08:00"}
        earlier = who | {"reason": "unreachable", "said_at": "2019-09-29T09:00:00+08:00"}
        assert await self.say(survey, moved) == {"accepted": 1, "rejected": []}
        await self.say(survey, earlier)

        assert await survey.lists() == {"张三": "excluded"}
        query = {"county": "youxi", "coverage_year": 2020, "row_id": row["row_id"]}
        said = (await survey.registration.get("/v1/surveys/answers", **query)).json()["items"]
        assert [one["reason"] for one in said] == ["moved", "unreachable", None]

    async def test_need_a_proof_and_somebody_of_the_own_villages(self, survey):
        await survey.send(one("张三"), one("李四", village=OTHER_VILLAGE))
        rows = {row["name"]: row["row_id"] for row in await survey.search()}
        village = await survey.registration.client(scopes=["survey:write"], division=VILLAGE)
        given = {"answer": "not_here", "reason": "died", "said_by": "户主"}
        kept = await self.say(
            survey,
            given | {"row_id": rows["张三"]},
            given | {"row_id": rows["李四"], "proof": "死亡证明"},
            given | {"row_id": 4_000_000, "proof": "死亡证明"},
            {"row_id": rows["张三"], "answer": "insure", "said_by": "户主"},
            http=village,
        )

        assert kept["accepted"] == 1
        kinds = [row["problem"]["type"].rsplit(":", 1)[1] for row in kept["rejected"]]
        assert kinds == ["row-invalid", "outside-division", "not-on-list"]

    async def test_are_told_which_paper_the_notice_asks_for(self, survey):
        village = "620422101201"
        await survey.send(one("张三", village=village), county="huining", coverage_year="2021")
        season = {"county": "huining", "coverage_year": 2021}
        (row,) = await survey.search(**season)
        given = {"row_id": row["row_id"], "answer": "not_here", "reason": "school", "said_by": "户主"}
        answer = await survey.registration.post("/v1/surveys/answers", season | {"answers": [given]})

        (fault,) = answer.json()["rejected"][0]["problem"]["errors"]
        assert fault["detail_zh"] == "此原因须写明证明材料（通知九(二)：学校参保证明）"

    async def test_stay_with_a_person_who_is_registered_later(self, survey):
        known = number()
        await survey.send(one("张三", id_number=known))
        (row,) = await survey.search()
        await self.say(survey, {"row_id": row["row_id"], "answer": "insure", "said_by": "本人"})
        await survey.registration.register(household("1", member("张三", known)))
        person_id = await survey.registration.person_id(known)
        late = {"person_id": person_id, "answer": "insure_and_subsidize", "said_by": "本人"}
        await self.say(survey, late, at="2019-10-03T10:00:00+08:00")

        (row,) = await survey.search()
        assert row["answer"]["answer"] == "insure_and_subsidize"

    async def test_of_the_dead_need_no_answer_where_the_death_is_registered(self, survey):
        known = number()
        await survey.registration.register(household("1", member("张三", known), member("李四")))
        await survey.send(one("张三", id_number=known))
        event = {"id_number": known, "kind": "died", "on": "2019-09-11"}
        made = await survey.registration.post(
            "/v1/life-events", {"rows": [event]}, "2019-09-12T10:00:00+08:00"
        )
        assert made.json()["accepted"] == 1, made.text

        assert await survey.lists() == {"张三": "excluded", "李四": "unpaid"}


class TestWhereAPersonRegisters:
    """Songming sends rural households to their village, others to the township, and there whoever is late."""

    async def test_is_told_of_each_with_the_day_that_holds_for_them(self, survey):
        village, season = "530127100201", {"county": "songming", "coverage_year": 2018}
        student, paying = number("2001-05-05"), number()
        rows = [
            household("5", member("学生", student, school="vocational"), county="songming", year=2018),
            household("6", member("缴清", paying, hukou_kind="rural"), county="songming", year=2018),
        ]
        for row in rows:
            await survey.registration.register(
                row | {"division_code": village}, at="2017-10-12T10:00:00+08:00"
            )
        await survey.registration.assess()
        enrollment = (await survey.registration.enrollment(paying, year=2018))["enrollment"]
        await survey.registration.handle(COLLECTION, paid(enrollment, "2017-10-20T09:00:00+08:00", 18_000))
        header = ["户号", "村代码", "姓名", "身份证号码", "户籍", "户口性质"]
        base = [
            ["1", village, "务农", number(), "本县", "农村"],
            ["2", village, "农转", number(), "本县", "农转城"],
            ["3", village, "居民", number(), "本县", "城镇"],
            ["4", village, "务工", number(), "外地", "农村"],
            ["5", village, "学生", student, "本县", ""],
            ["6", village, "缴清", paying, "本县", ""],
            ["7", village, "不明", number(), "", ""],
        ]
        file = csv_of([header, *base])
        form = {"kind": "survey", "county": "songming", "coverage_year": "2018"}
        await upload(survey.registration, file, at="2017-10-20T10:00:00+08:00", **form)
        await survey.registration.run_imports()

        async def told(at: str) -> dict[str, Any]:
            answer = await survey.registration.http.post(
                "/v1/surveys/search", json=season, headers={"canbao-clock": at}
            )
            found = [(one["name"], one["registers"]) for one in answer.json()["items"]]
            return {name: rule and (rule["id"], rule["to_at"][:10], rule["state"]) for name, rule in found}

        village_first, township = ("rural", "2017-11-10"), ("urban", "2017-12-20")
        late = ("scattered", "2018-02-22")
        assert await told("2017-11-08T10:00:00+08:00") == {
            "务农": (*village_first, "ends_soon"),
            "农转": (*village_first, "ends_soon"),
            "居民": (*township, "open"),
            "务工": (*township, "open"),
            "学生": ("vocational", "2017-12-20", "open"),
            "缴清": None,
            "不明": None,
        }
        after = await told("2017-11-11T00:00:00+08:00")
        assert (after["务农"], after["居民"]) == ((*late, "open"), (*township, "open"))
        closed = await told("2018-02-22T17:00:01+08:00")
        assert {rule for rule in closed.values() if rule} == {(*late, "over")}
        query = {"division_code": village, "format": "csv", **season}
        answer = await survey.registration.http.get(
            "/v1/surveys/roster", params=query, headers={"canbao-clock": "2017-11-08T10:00:00+08:00"}
        )
        lines = {row["姓名"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
        assert lines["务农"]["说明"] == "11-10 23:59前：村（居）委会、村小组，以户为单位；未登记"

    async def test_is_read_from_files_of_households_and_kept_where_it_is_not_said(self, survey):
        header, row = (
            ["户号", "村代码", "与户主关系", "姓名", "证件号码"],
            ["1", VILLAGE, "户主", "张三", number()],
        )
        for file in ([[*header, "户口性质"], [*row, "农转城"]], [header, row]):
            await upload(survey.registration, csv_of(file))
            await survey.registration.run_imports()
            person_id = await survey.registration.person_id(row[-1])
            person = (await survey.registration.get(f"/v1/persons/{person_id}")).json()
            assert person["facts"]["hukou_kind"] == "converted"


class TestWhatTheNoticeAsksOfAHousehold:
    """Huining warns of a household that has not joined whole; Dong'an wants all of it, where its hukou is."""

    async def test_is_told_of_those_whom_the_others_of_a_warned_household_lack(self, survey):
        village, season = "620422101201", {"county": "huining", "coverage_year": 2021}
        paying, excused = number(), number()
        row = household("1", member("张三", paying), county="huining", year=2021, division_code=village)
        await survey.registration.register(row, at="2020-09-12T10:00:00+08:00")
        await survey.registration.assess()
        left_out = ("", "不参保", "职工医保", "参保证明", "户主", "2020-09-03")
        base = [one("张三", id_number=paying, village=village), one("李四", village=village)]
        base.append(one("王五", *left_out, id_number=excused, village=village))
        base.append(one("赵六", no="2", village=village))
        await survey.send(*base, at="2020-09-13T10:00:00+08:00", county="huining", coverage_year="2021")

        async def troubled() -> dict[str, list[str]]:
            return {one["name"]: one["troubles"] for one in await survey.search(**season, troubled=True)}

        assert await troubled() == {}
        enrollment = (await survey.registration.enrollment(paying, year=2021))["enrollment"]
        await survey.registration.handle(COLLECTION, paid(enrollment, "2020-10-12T09:00:00+08:00", 28_000))
        assert await troubled() == {"李四": ["household_incomplete"]}
        (shown,) = (await survey.registration.get("/v1/surveys/villages", **season)).json()["items"]
        assert (shown["troubled"], shown["not_registered"]) == (1, 2)

    async def test_is_told_as_soon_as_one_registers_where_all_have_to(self, survey):
        village, other = "431122101201", "431122101202"
        here, away, moved = number(), number(), number()
        rows = [
            household("1", member("张三", here), county="dongan", division_code=village),
            household("9", member("李四", away), county="dongan", division_code=other),
            household("8", member("外来", moved, hukou="elsewhere"), county="dongan", division_code=other),
        ]
        for row in rows:
            await survey.registration.register(row, at="2019-09-12T10:00:00+08:00")
        base = [
            one("张三", id_number=here, village=village),
            one("张小", village=village),
            one("李四", no="2", id_number=away, village=village),
            one("外来", no="3", id_number=moved, village=village),
        ]
        await survey.send(*base, at="2019-09-13T10:00:00+08:00", county="dongan")

        found = await survey.search(county="dongan", division_code=village)
        assert {one["name"]: one["troubles"] for one in found} == {
            "张三": [],
            "张小": ["household_incomplete"],
            "李四": ["registered_elsewhere", "wrong_place"],
            "外来": ["registered_elsewhere"],
        }
        lacking = await survey.search(county="dongan", trouble="household_incomplete")
        assert [one["name"] for one in lacking] == ["张小"]

    async def test_is_told_to_the_village_that_registered_somebody_of_another_too(self, survey):
        season = {"county": "dongan", "coverage_year": 2020}
        village, other = "431122101201", "431122101202"
        away, moved = number(), number("1975-05-05")
        for row in (
            household("9", member("李四", away), county="dongan", division_code=other),
            household("8", member("外来", moved, hukou="elsewhere"), county="dongan", division_code=other),
        ):
            await survey.registration.register(row, at="2019-09-12T10:00:00+08:00")
        base = [one("李四", no="2", id_number=away, village=village)]
        base.append(one("外来", no="3", id_number=moved, village=village))
        await survey.send(*base, at="2019-09-13T10:00:00+08:00", county="dongan")

        (told,) = await survey.search(county="dongan", division_code=other, troubled=True)
        assert (told["name"], told["division_code"], told["household_no"]) == ("李四", other, "9")
        assert (told["troubles"], told["differences"]) == (["wrong_place"], ["not_in_base"])
        by_name = await survey.search(county="dongan", division_code=other, trouble="wrong_place")
        assert [one["name"] for one in by_name] == ["李四"]
        assert await survey.search(county="dongan", division_code=other) == []  # counted in the other village
        counted = (await survey.registration.get("/v1/surveys/villages", **season)).json()["items"]
        figures = ("division_code", "to_insure", "in_no_base", "troubled")
        assert [tuple(one[name] for name in figures) for one in counted] == [
            (village, 2, 0, 2),
            (other, 0, 0, 1),
        ]
        # In the register of both, it is a matter of two lists.
        await survey.send(
            one("李四", no="9", id_number=away, village=other),
            at="2019-09-14T10:00:00+08:00",
            county="dongan",
        )
        assert await survey.search(county="dongan", division_code=other, trouble="wrong_place") == []
        (told,) = await survey.search(county="dongan", division_code=other, troubled=True)
        assert told["troubles"] == ["on_two_lists"]

    async def test_is_told_in_the_answer_to_whoever_registers_it(self, survey):
        village = "431122101201"
        here, child, excused = number(), number("2015-05-05"), number()
        base = [one("张三", id_number=here, village=village), one("张小", village=village)]
        left_out = ("", "不参保", "职工医保", "参保证明", "户主", "2019-09-03")
        base.append(one("王五", *left_out, id_number=excused, village=village))
        await survey.send(*base, at="2019-09-10T10:00:00+08:00", county="dongan")
        rows = [
            household("1", member("张三", here), county="dongan", division_code=village),
            household("2", member("李四"), county="dongan", division_code=village),
        ]

        answer = await survey.registration.post("/v1/households:batch", rows, "2019-09-12T10:00:00+08:00")

        (told,) = answer.json()["incomplete"]
        figures = ("index", "household_no", "on_record", "in_base", "required", "clause")
        assert [told[name] for name in figures] == [0, "1", 0, 1, True, "五"]
        assert told["words_zh"] == "以户籍家庭为单位整体参保"
        whole = household("1", member("张三", here), member("张小", child), county="dongan")
        again = await survey.registration.register(whole | {"division_code": village})
        assert again["incomplete"][0]["in_base"] == 1  # another number than the base has

    async def test_is_told_of_who_registers_in_another_village_wherever_the_household_is_seen(self, survey):
        village, other = "431122101201", "431122101202"
        away, moved = number(), number("1975-05-05")
        base = [
            one("李四", no="2", id_number=away, village=village),
            one("外来", no="3", id_number=moved, village=village),
        ]
        await survey.send(*base, at="2019-09-10T10:00:00+08:00", county="dongan")
        rows = [
            household("9", member("李四", away), county="dongan", division_code=other),
            household("8", member("外来", moved, hukou="elsewhere"), county="dongan", division_code=other),
        ]
        answer = await survey.registration.post("/v1/households:batch", rows, "2019-09-12T10:00:00+08:00")

        async def seen(id_number: str) -> dict[str, Any]:
            person_id = await survey.registration.person_id(id_number)
            return (await survey.registration.get(f"/v1/persons/{person_id}")).json()

        (told,) = answer.json()["wrong_place"]
        assert [told[name] for name in ("index", "household_no", "base_division_codes", "clause")] == [
            0,
            "9",
            [village],
            "五",
        ]
        assert "户籍所在村" in told["words_zh"]
        person = await seen(away)
        (found,) = person["household"]["wrong_place"]
        assert (found["person_id"], found["base_division_code"], found["coverage_year"]) == (
            person["person_id"],
            village,
            2020,
        )
        assert (await seen(moved))["household"]["wrong_place"] == []
        # Entered in the register of that village, too, it is a matter of two lists, no more of the place.
        await survey.send(
            one("李四", no="9", id_number=away, village=other),
            at="2019-09-13T10:00:00+08:00",
            county="dongan",
        )
        person = await seen(away)
        assert person["household"]["wrong_place"] == []

    async def test_is_told_in_the_answer_to_a_file_of_households(self, survey):
        village, other = "431122101201", "431122101202"
        here, away = number(), number("1985-05-05")
        base = [one("张三", id_number=here, village=village), one("张小", village=village)]
        base.append(one("李四", no="2", id_number=away, village=village))
        await survey.send(*base, at="2019-09-10T10:00:00+08:00", county="dongan")
        rows = [["1", village, "户主", "张三", here], ["9", other, "户主", "李四", away]]
        file = csv_of([["户号", "村代码", "与户主关系", "姓名", "证件号码"], *rows])

        async def told(**form):
            form = {"county": "dongan", "at": "2019-09-12T10:00:00+08:00"} | form
            import_id = await upload(survey.registration, file, **form)
            await survey.registration.run_imports()
            return (await survey.registration.get(f"/v1/imports/{import_id}")).json()

        dry = await told(dry_run="true")
        assert [dry[name] for name in ("new", "rejected", "incomplete", "wrong_place")] == [2, 0, 1, 1]
        lines = await survey.registration.get(f"/v1/imports/{dry['import_id']}/errors.csv")
        assert ",按通知五，该户还有人未参保：" in lines.content.decode("utf-8-sig")
        assert await survey.registration.value("SELECT count(*) FROM persons") == 0
        for _ in range(2):  # the same file again says the same
            done = await told()
            assert [done[name] for name in ("rejected", "incomplete", "wrong_place")] == [0, 1, 1]
        lines = await survey.registration.get(f"/v1/imports/{done['import_id']}/errors.csv")
        first, second = lines.content.decode("utf-8-sig").splitlines()[1:]
        assert first.startswith("2,,已登记。按通知五，该户还有人未参保：在册 0 人，摸底名册内未登记 1 人。")
        assert first.endswith(",household-incomplete")
        assert second.startswith("3,,已登记。其在其他村的摸底名册上")
        assert second.endswith(",wrong-place")

    async def test_is_told_of_nobody_where_it_wants_nothing(self, survey):
        known = number()
        answer = await survey.registration.register(household("1", member("张三", known)))
        await survey.send(one("张三", id_number=known), one("李四"))
        assert answer["incomplete"] == []
        assert await survey.search(troubled=True) == []

    @pytest.mark.parametrize(
        ("county", "troubles"),
        [("dongan", ["enrolled_elsewhere"]), ("youxi", [])],
        ids=["nobody twice", "nothing said"],
    )
    async def test_is_told_of_who_is_enrolled_in_another_county_where_nobody_may_be_twice(
        self, survey, county, troubles
    ):
        villages, known = {"dongan": "431122101201", "youxi": VILLAGE}, number()
        (other,) = villages.keys() - {county}
        row = household("1", member("张三", known), county=other, division_code=villages[other])
        assert (await survey.registration.register(row))["rejected"] == []
        await survey.send(one("张三", id_number=known, village=villages[county]), county=county)

        (found,) = await survey.search(county=county)
        assert found["troubles"] == troubles


class TestARegistrationWithADeadline:
    async def test_is_shown_in_the_notice_and_beside_every_village_with_how_it_stands(self, survey):
        season = {"county": "songming", "coverage_year": 2018}
        await survey.send(one("张三", village="530127101201"), county="songming", coverage_year="2018")

        async def states(at: str, path: str) -> dict[str, str]:
            query = {} if "notices" in path else season
            answer = await survey.registration.http.get(path, params=query, headers={"canbao-clock": at})
            shown = answer.json() if "notices" in path else answer.json()["items"][0]
            return {one["id"]: one["state"] for one in shown["registration"]}

        for path in ("/v1/notices/songming/2018", "/v1/surveys/villages"):
            assert (await states("2017-11-03T23:59:58+08:00", path))["rural"] == "open"
            assert (await states("2017-11-04T00:00:00+08:00", path))["rural"] == "ends_soon"
            assert (await states("2017-11-10T23:59:59+08:00", path))["rural"] == "ends_soon"
            assert await states("2017-11-11T00:00:00+08:00", path) == {
                "urban": "open", "vocational": "open", "rural": "over", "scattered": "open",
            }  # fmt: skip

    async def test_is_a_case_in_its_last_week(self, survey):
        context = survey.registration.context

        async def see(at: str) -> list[str]:
            async with context.engine.begin() as conn:
                await see_to_registrations(conn, moment(at), context.notices)
            asked = await survey.registration.get("/v1/cases", kind="registration_ends", state="open")
            return [one["evidence"]["registration"] for one in asked.json()["items"]]

        assert await see("2017-11-01T00:00:00+08:00") == []
        assert await see("2017-11-05T00:00:00+08:00") == ["rural"]
        assert await see("2017-11-11T00:00:00+08:00") == []
        assert await see("2017-12-15T00:00:00+08:00") == ["urban", "vocational"]


class TestVillages:
    async def test_are_counted_by_base_exclusions_and_money_each_by_itself(self, survey):
        paying, child = number(), number("2019-09-01")
        await survey.registration.register(household("1", member("张三", paying), member("张小", child)))
        await survey.registration.assess()
        left_out = ("", "不参保", "职工医保", "参保证明", "户主", "2019-09-03")
        await survey.send(
            one("张三", "", "参保并资助", id_number=paying),
            one("李四", *left_out, no="2"),
            one("王五", "", "不参保", "无法联系", no="3"),
            one("赵六", village=OTHER_VILLAGE),
            listed_on="2019-09-01",
        )
        enrollment = (await survey.registration.enrollment(paying))["enrollment"]
        await survey.registration.handle(COLLECTION, paid(enrollment, "2019-10-02T09:00:00+08:00"))

        query = {"county": "youxi", "coverage_year": 2020}
        here, there = (await survey.registration.get("/v1/surveys/villages", **query)).json()["items"]
        assert (here["base"]["people"], here["base"]["dated_on"], here["in_no_base"]) == (3, "2019-09-01", 1)
        assert here["exclusions"] == [
            {
                "reason": "employee_insurance",
                "people": 1,
                "last_said_at": "2019-09-03T23:59:59+08:00",
                "entered_by": ["test"],
            }
        ]
        figures = ("to_insure", "to_subsidize", "unpaid", "paid", "exempt", "troubled")
        assert [here[name] for name in figures] == [3, 1, 2, 1, 0, 0]
        assert (there["division_code"], there["to_insure"], there["target"]) == (OTHER_VILLAGE, 1, None)

    async def test_show_the_task_where_the_notice_sets_one_for_villages(self, survey):
        targets = survey.registration.context.notices["huilong", 2020].document.targets
        row = targets.rows[0]
        await survey.send(one("张三", village=row.division), county="huilong")

        query = {"county": "huilong", "coverage_year": 2020}
        (shown,) = (await survey.registration.get("/v1/surveys/villages", **query)).json()["items"]
        assert (shown["target"]["task"], shown["target"]["clause"]) == (row.task, targets.clause)

    async def test_say_until_when_the_notice_wants_their_bases(self, survey):
        await survey.send(one("张三", village="620422101201"), county="huining", coverage_year="2021")

        query = {"county": "huining", "coverage_year": 2021}
        (shown,) = (await survey.registration.get("/v1/surveys/villages", **query)).json()["items"]
        assert shown["base_due_on"] == "2020-09-30"

    async def test_are_listed_page_by_page(self, survey):
        await survey.send(one("张三"), one("赵六", village=OTHER_VILLAGE))
        query = {"county": "youxi", "coverage_year": 2020, "limit": 1}
        first = (await survey.registration.get("/v1/surveys/villages", **query)).json()
        second = (
            await survey.registration.get("/v1/surveys/villages", **query, after=first["next_after"])
        ).json()

        assert [one["division_code"] for one in first["items"] + second["items"]] == [VILLAGE, OTHER_VILLAGE]


class TestRoster:
    async def send(self, survey):
        known = number()
        await survey.registration.register(household("1", member("张三", known)))
        await survey.send(
            one("张三", id_number=known),
            one("李四", "", "不参保", "职工医保", "参保证明", no="2"),
            one("<b>王五", village=OTHER_VILLAGE, no="+3"),
        )
        return known

    async def roster(self, survey, http=None, **query):
        season = {"county": "youxi", "coverage_year": 2020}
        answer = await (http or survey.registration.http).get("/v1/surveys/roster", params=season | query)
        assert answer.status_code == 200, answer.text
        return answer

    async def test_is_a_page_with_a_place_to_sign_and_nothing_that_runs(self, survey):
        known = await self.send(survey)
        page = await self.roster(survey)

        assert page.text.count("<section>") == 2
        assert page.text.count('<td class="sign"') == 3
        assert known in page.text
        assert "&lt;b&gt;王五" in page.text
        assert "<b>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "尤溪" in page.text
        assert "村（社区）负责人签字" in page.text

    async def test_of_households_that_join_together_has_one_signature_each(self, survey):
        people = [one("张三", village="431122100201"), one("张小", village="431122100201")]
        await survey.send(*people, one("李四", no="2", village="431122100201"), county="dongan")
        page = await self.roster(survey, county="dongan")

        assert page.text.count('<td class="sign"') == 2
        assert '<td class="sign" rowspan="2">' in page.text

    async def test_is_a_table_in_which_nothing_becomes_a_formula(self, survey):
        known = await self.send(survey)
        lines = list(csv.reader(io.StringIO((await self.roster(survey, format="csv")).text.lstrip("\ufeff"))))

        assert lines[0][4] == "姓名"
        assert [line[4] for line in lines[1:]] == ["张三", "李四", "<b>王五"]
        assert lines[3][2] == "'+3"
        assert lines[1][6] == known
        assert [line[10] for line in lines[1:]] == ["未缴", "不在此参保", "未缴"]
        assert lines[2][11] == "已参加职工医保；未登记"

    async def test_is_a_workbook_of_texts(self, survey):
        known = await self.send(survey)
        answer = await self.roster(survey, format="xlsx", on_list="unpaid")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

        rows = list(sheet.iter_rows(values_only=True))
        assert [row[4] for row in rows] == ["姓名", "张三", "<b>王五"]
        assert rows[1][6] == known
        assert rows[2][2] == "+3"
        assert all(cell.data_type in ("s", "n", "inlineStr") and cell.data_type != "f" for cell in sheet[3])

    async def test_can_be_of_those_whom_somebody_has_to_look_at(self, survey):
        twice = number()
        await survey.send(one("张三"), one("李四", id_number=twice, no="2"))
        await survey.send(one("李四", id_number=twice, village=OTHER_VILLAGE))
        answer = await self.roster(survey, format="csv", troubled="true")
        lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))

        assert [(line[1], line[4]) for line in lines[1:]] == [(VILLAGE, "李四"), (OTHER_VILLAGE, "李四")]
        assert all("两村名单重复" in line[11] for line in lines[1:])

    async def test_keeps_to_the_division_masks_and_is_audited(self, survey):
        known = await self.send(survey)
        village = await survey.registration.client(scopes=["survey:read", "survey:write"], division=VILLAGE)
        page = await self.roster(survey, village, format="csv")

        assert "张三" in page.text
        assert known not in page.text
        assert "王五" not in page.text
        seen = (
            "SELECT count(*) FROM person_lookups WHERE operation = 'print_survey_roster' AND person_id = :id"
        )
        assert await survey.registration.value(seen, id=await survey.registration.person_id(known)) == 1
