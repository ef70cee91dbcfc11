"""What a dry run says that a file would change is what importing it changes, and everybody stands so then."""

from typing import Any

import pytest

from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, csv_of, household, member, number
from tests.integration.registration.test_imports import upload

HEADER = ["户号", "村代码", "与户主关系", "姓名", "证件号码", "户籍", "地址", "户口性质"]
AT = "2019-09-05T10:00:00+08:00"
STATUSES = ["证件号码", "姓名", "身份", "类别", "认定部门", "认定日期", "名册日期"]


async def changes(registration: Any, import_id: int, http: Any = None, **query: Any) -> dict[str, Any]:
    answer = await (http or registration.http).get(f"/v1/imports/{import_id}/changes", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def tried_and_applied(registration: Any, body: bytes, **form: str) -> tuple[int, int]:
    """A file tried, then imported for good: the ids of both."""
    dry = await upload(registration, body, dry_run="true", **form)
    await registration.run_imports()
    answer = await registration.http.post(f"/v1/imports/{dry}/apply", headers={"canbao-clock": AT})
    assert answer.status_code == 202, answer.text
    await registration.run_imports()
    return dry, answer.json()["import_id"]


def told(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {one["field"]: (one["before"], one["after"]) for one in change["values"]}


def alike(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The changes but for the ids that only those have who are really registered."""
    return [(one["kind"], one["line"], one["name"], one["values"]) for one in found["items"]]


class TestHouseholdFiles:
    async def test_a_dry_run_tells_what_the_import_then_does(self, registration):
        head, child, strayed = number(), number("2010-03-04"), number("1990-01-01")
        new, misnamed = number("1985-05-05"), number("1986-06-06")
        await registration.register(
            household("1", member("张一", head), member("张二", child, hukou="county")),
            household("2", member("李三", misnamed)),
        )
        body = csv_of(
            [
                HEADER,
                ["1", OTHER_VILLAGE, "户主", "张一", head, "本县", "东街2号", ""],
                ["1", OTHER_VILLAGE, "子", "张二", child, "本市", "东街2号", ""],
                ["9", VILLAGE, "户主", "王四", new, "本县", "", ""],
                ["9", VILLAGE, "女", "王五", strayed, "本县", "", ""],
                ["2", VILLAGE, "户主", "李错", misnamed, "本县", "", ""],
            ]
        )
        dry = await upload(registration, body, dry_run="true")
        await registration.run_imports()
        before = await changes(registration, dry)
        assert await registration.value("SELECT count(*) FROM persons") == 3

        wanted = {"registered": 2, "moved": 2, "number_added": 0, "details_changed": 2}
        assert before["counts"] == wanted | {"enrolled": 0, "choices_changed": 0}
        assert (before["dry_run"], before["kept"], before["unchanged"], before["rejected"]) == (
            True, True, 0, 1,
        )  # fmt: skip
        assert before["other_names"] == 1
        moved = next(one for one in before["items"] if one["kind"] == "moved")
        assert (moved["line"], moved["person_id"]) == (2, await registration.person_id(head))
        assert told(moved) == {"division_code": (VILLAGE, OTHER_VILLAGE)}
        of_child = [one for one in before["items"] if one["line"] == 3 and one["kind"] == "details_changed"]
        assert told(of_child[0]) == {"hukou": ("county", "city"), "address": (None, "东街2号")}
        fresh = [one for one in before["items"] if one["kind"] == "registered"]
        assert [(one["name"], one["number"], one["person_id"]) for one in fresh] == [
            ("王四", new, None), ("王五", strayed, None),
        ]  # fmt: skip

        answer = await registration.http.post(f"/v1/imports/{dry}/apply", headers={"canbao-clock": AT})
        await registration.run_imports()
        after = await changes(registration, answer.json()["import_id"])

        assert (after["counts"], after["dry_run"]) == (before["counts"], False)
        assert alike(after) == alike(before)
        assert await registration.value("SELECT count(*) FROM persons") == 5
        person = (await registration.get(f"/v1/persons/{await registration.person_id(child)}")).json()
        assert person["household"]["division_code"] == OTHER_VILLAGE
        assert person["facts"]["hukou"] == "city"
        ids = [one["person_id"] for one in after["items"] if one["kind"] == "registered"]
        assert ids == [await registration.person_id(new), await registration.person_id(strayed)]

    async def test_who_has_no_row_and_moves_with_the_household_is_told_by_the_row_of_the_head(
        self, registration
    ):
        head, wife, away = number(), number("1980-03-04"), number("2010-03-04")
        await registration.register(
            household("1", member("张一", head), member("李二", wife), member("张三", away)),
            household("2", member("王四", number())),
        )
        rows = [
            ["1", OTHER_VILLAGE, "户主", "张一", head, "本县", "", ""],
            ["1", OTHER_VILLAGE, "配偶", "李二", wife, "本县", "", ""],
        ]
        dry, real = await tried_and_applied(registration, csv_of([HEADER, *rows]))
        found = await changes(registration, dry)
        assert found["counts"]["moved"] == 3
        child = await registration.person_id(away)
        moved = {
            one["person_id"]: (one["line"], told(one)) for one in found["items"] if one["kind"] == "moved"
        }
        assert moved == {
            await registration.person_id(head): (2, {"division_code": (VILLAGE, OTHER_VILLAGE)}),
            await registration.person_id(wife): (3, {"division_code": (VILLAGE, OTHER_VILLAGE)}),
            child: (2, {"division_code": (VILLAGE, OTHER_VILLAGE)}),
        }
        assert alike(await changes(registration, real)) == alike(found)
        person = (await registration.get(f"/v1/persons/{child}")).json()
        assert person["household"]["division_code"] == OTHER_VILLAGE

    async def test_a_number_that_is_added_and_a_year_of_somebody_known_are_told(self, registration):
        head, second = number("1979-02-03"), "H12345678"
        await registration.register(household("1", member("张一", head), enroll=None))
        rows = [["1", VILLAGE, "户主", "张一", second, "港澳居民来往内地通行证", "1979-02-03", "女"]]
        header = ["户号", "村代码", "与户主关系", "姓名", "证件号码", "证件类型", "出生日期", "性别"]
        dry, real = await tried_and_applied(registration, csv_of([header, *rows]))
        found = await changes(registration, dry)
        assert found["counts"]["number_added"] == found["counts"]["enrolled"] == 1
        values = {one["kind"]: told(one) for one in found["items"]}
        assert values["number_added"] == {"number": (None, second)}
        assert values["enrolled"] == {"coverage_year": (None, 2020), "state": (None, "registered")}
        assert alike(await changes(registration, real)) == alike(found)
        assert await registration.person_id(second) == await registration.person_id(head)
        assert (await registration.value("SELECT state FROM enrollments")) == "registered"

    async def test_a_file_that_changes_nothing_says_so(self, registration):
        body = csv_of([HEADER, ["1", VILLAGE, "户主", "张一", number(), "本县", "", ""]])
        await upload(registration, body)
        await registration.run_imports()
        again = await upload(registration, body, dry_run="true")
        await registration.run_imports()
        found = await changes(registration, again)
        assert (set(found["counts"].values()), found["unchanged"], found["items"]) == ({0}, 1, [])

    async def test_pages_go_through_all_of_a_kind_once(self, registration):
        rows = [[str(n + 1), VILLAGE, "户主", f"张{n}", number(), "本县", "", ""] for n in range(250)]
        import_id = await upload(registration, csv_of([HEADER, *rows]))
        await registration.run_imports()
        seen, after = [], None
        while after is not None or not seen:
            query = {"limit": 100, "kind": "registered"} | ({"after": after} if after else {})
            found = await changes(registration, import_id, **query)
            seen += [one["line"] for one in found["items"]]
            after = found["next_after"]
        assert seen == list(range(2, 252))
        assert found["counts"]["registered"] == 250
        assert not (await changes(registration, import_id, kind="moved"))["items"]

    async def test_what_was_not_kept_is_not_called_nothing(self, registration):
        import_id = await upload(
            registration, csv_of([HEADER, ["1", VILLAGE, "户主", "张一", number(), "本县", "", ""]])
        )
        await registration.run_imports()
        async with registration.context.engine.begin() as conn:
            await conn.exec_driver_sql("DELETE FROM import_changes")
        assert (await changes(registration, import_id))["kept"] is False


class TestStatusFiles:
    @pytest.fixture
    async def listed(self, registration):
        """Somebody with a status, and somebody without."""
        known, other = number(), number()
        await registration.register(
            household("1", member("张一", known)), household("2", member("李二", other))
        )
        rows = [[known, "张一", "dibao", "", "civil_affairs", "2019-09-01", "2019-09-02"]]
        await upload(registration, csv_of([STATUSES, *rows]), kind="statuses")
        await registration.run_imports()
        return known, other

    async def statuses(self, registration, id_number):
        person = (await registration.get(f"/v1/persons/{await registration.person_id(id_number)}")).json()
        return [(one["status"], one["effective_on"], one["ended_on"]) for one in person["statuses"]]

    async def test_begun_changed_and_ended_are_told_and_then_so(self, registration, listed):
        known, other = listed
        unknown = number()
        rows = [
            [other, "李二", "dibao", "", "civil_affairs", "2019-09-03", "2019-09-04"],
            [unknown, "王五", "dibao", "", "civil_affairs", "2019-09-03", "2019-09-04"],
        ]
        dry, real = await tried_and_applied(registration, csv_of([STATUSES, *rows]), kind="statuses")
        found = await changes(registration, dry)
        assert found["counts"] == {"status_begun": 2, "status_changed": 0, "status_ended": 0}
        first, second = found["items"]
        assert (first["person_id"], first["name"]) == (await registration.person_id(other), "李二")
        assert told(first) == {
            "status": (None, "dibao"),
            "effective_on": (None, "2019-09-03"),
            "department": (None, "civil_affairs"),
        }
        assert (second["person_id"], second["name"], second["number"]) == (None, "王五", unknown)
        assert alike(await changes(registration, real)) == alike(found)
        assert await self.statuses(registration, other) == [("dibao", "2019-09-03", None)]

        ends = [[known, "张一", "dibao", "", "civil_affairs", "2019-09-05", "2019-09-05"]]
        dry, real = await tried_and_applied(
            registration, csv_of([STATUSES, *ends]), kind="statuses", mode="remove"
        )
        found = await changes(registration, dry)
        assert found["counts"] == {"status_begun": 0, "status_changed": 0, "status_ended": 1}
        assert told(found["items"][0]) == {"status": ("dibao", None), "ended_on": (None, "2019-09-05")}
        assert alike(await changes(registration, real)) == alike(found)
        assert await self.statuses(registration, known) == [("dibao", "2019-09-01", "2019-09-05")]


class TestSurveyFiles:
    HEADER = ("户号", "村代码", "与户主关系", "姓名", "身份证号码", "联系电话", "摸底结果")

    async def test_who_is_listed_differs_or_is_left_out_is_told_and_then_so(self, registration):
        stays, moves, goes, comes = number(), number(), number(), number()
        await registration.register(household("1", member("张一", goes)))
        first = [
            ["1", VILLAGE, "户主", "张一", goes, "", ""],
            ["2", VILLAGE, "户主", "李二", stays, "", ""],
            ["3", VILLAGE, "户主", "王三", moves, "13800000000", ""],
        ]
        await upload(registration, csv_of([self.HEADER, *first]), kind="survey")
        await registration.run_imports()
        second = [
            first[1],
            ["4", VILLAGE, "户主", "王三", moves, "13900000000", "参保"],
            ["5", VILLAGE, "户主", "赵四", comes, "", ""],
        ]
        dry, real = await tried_and_applied(registration, csv_of([self.HEADER, *second]), kind="survey")
        found = await changes(registration, dry)
        assert found["counts"] == {"listed": 1, "listing_changed": 1, "left_out": 1}
        by_kind = {one["kind"]: one for one in found["items"]}
        assert told(by_kind["listing_changed"]) == {
            "household_no": ("3", "4"), "phone": ("13800000000", "13900000000"), "answer": (None, "insure"),
        }  # fmt: skip
        assert (by_kind["listed"]["name"], by_kind["listed"]["number"]) == ("赵四", comes)
        left = by_kind["left_out"]
        assert (left["line"], left["person_id"]) == (None, await registration.person_id(goes))
        assert alike(await changes(registration, real)) == alike(found)
        bases = await registration.get("/v1/surveys/bases", county="youxi", coverage_year=2020)
        newest = bases.json()["items"][-1]
        assert (newest["added"], newest["changed"], newest["left_out"]) == (1, 1, 1)

    async def test_a_dry_run_leaves_no_row_behind(self, registration):
        rows = [["1", VILLAGE, "户主", "张一", number(), "", ""]]
        await upload(registration, csv_of([self.HEADER, *rows]), kind="survey", dry_run="true")
        await registration.run_imports()
        assert await registration.value("SELECT count(*) FROM survey_rows") == 0


class TestHistoryFiles:
    async def test_years_that_are_news_are_told_and_then_kept(self, registration):
        known, stranger = number(), number()
        await registration.register(household("1", member("张一", known)))
        header = ["证件号码", "年度", "参保地", "险种"]
        await upload(registration, csv_of([header, [known, "2017", "三明市", "居民医保"]]), kind="history")
        await registration.run_imports()
        rows = [
            [known, "2017", "三明市", "居民医保"],
            [known, "2018", "三明市", "居民医保"],
            [stranger, "2018", "厦门市", "职工医保"],
        ]
        dry, real = await tried_and_applied(registration, csv_of([header, *rows]), kind="history")
        found = await changes(registration, dry)
        assert (found["counts"], found["unchanged"]) == ({"year_known": 2}, 1)
        first, second = found["items"]
        assert (first["person_id"], first["number"]) == (await registration.person_id(known), None)
        assert told(first) == {
            "coverage_year": (None, 2018), "place": (None, "三明市"), "scheme": (None, "resident"),
        }  # fmt: skip
        assert (second["person_id"], second["number"]) == (None, stranger)
        assert alike(await changes(registration, real)) == alike(found)
        years = await registration.get(f"/v1/persons/{first['person_id']}/history")
        assert "2018" in years.text and "2017" in years.text


class TestWhoLooks:
    async def test_personal_data_is_masked_and_everybody_shown_is_recorded(self, registration):
        known, new = number(), number("1990-12-31")
        await registration.register(household("1", member("张一", known)))
        rows = [
            ["1", VILLAGE, "户主", "张一", known, "本县", "东街2号", ""],
            ["2", VILLAGE, "户主", "王四五", new, "本县", "", ""],
        ]
        import_id = await upload(registration, csv_of([HEADER, *rows]), dry_run="true")
        await registration.run_imports()
        clerk = await registration.client(scopes=("registration:read",), subject="clerk")
        seen = await changes(registration, import_id, clerk)
        assert known not in str(seen) and new not in str(seen) and "王四五" not in str(seen)
        moved, fresh = seen["items"]
        assert (moved["name"], told(moved)) == ("张*", {"address": (None, "***")})
        assert (fresh["name"], fresh["number"]) == ("王**", f"{new[:6]}********{new[-4:]}")
        looked = await registration.rows(
            "SELECT operation, person_id, purpose FROM person_lookups WHERE subject = 'clerk'"
        )
        person = await registration.person_id(known)
        assert [tuple(row) for row in looked] == [("list_import_changes", person, f"import {import_id}")]

    async def test_another_division_sees_nothing_and_it_lies_sealed(self, registration):
        import_id = await upload(
            registration, csv_of([HEADER, ["1", VILLAGE, "户主", "王四五", number(), "本县", "", ""]])
        )
        await registration.run_imports()
        stranger = await registration.client(scopes=("registration:read",), division="350427")
        refused = await stranger.get(f"/v1/imports/{import_id}/changes")
        assert refused.status_code == 403
        bodies = await registration.rows("SELECT body FROM import_changes")
        assert len(bodies) == 1 and "王".encode() not in bodies[0][0]
