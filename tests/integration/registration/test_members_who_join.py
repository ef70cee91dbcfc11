"""A notice may ask whole households for some of their members only: by what is on record of each."""

import pytest

from libs.common.policy import Notices, load_notice_bytes
from tests.integration.registration.builders import csv_of, household, member, number
from tests.integration.registration.test_imports import upload
from tests.integration.registration.test_surveys import Survey, one

VILLAGE = "431122101201"
#: Locals have to join; who married in from elsewhere may stay with the insurance at home.
LOCALS = "  complete: required\n  when: {hukou: [county, city]}\n"


@pytest.fixture
def locals_join(registration):
    notices = registration.context.notices
    text = notices[("dongan", 2020)].source_text.decode().replace("  complete: required\n", LOCALS, 1)
    changed = load_notice_bytes(text.encode(), "dongan/2020.yaml")
    registration.context.notices = Notices([*(n for n in notices.values() if n.county != "dongan"), changed])
    yield
    registration.context.notices = notices


def home(*members, **more):
    return household("1", *members, county="dongan") | {"division_code": VILLAGE} | more


async def on_record(registration, *members):
    """A household of which nobody is enrolled yet."""
    await registration.register(home(*members, enroll=None), at="2019-09-09T10:00:00+08:00")


@pytest.mark.usefixtures("locals_join")
class TestAHousehold:
    async def test_is_whole_without_whom_the_notice_does_not_ask_for(self, registration):
        head, wife = member("张三"), member("外来", hukou="elsewhere")
        await on_record(registration, head, wife)

        told = await registration.register(home(head))

        assert told["incomplete"] == []
        assert await Survey(registration).search(county="dongan", troubled=True) == []

    async def test_on_another_list_than_the_record_is_whole_too(self, registration):
        survey = Survey(registration)
        head, wife = member("张三"), member("外来", hukou="elsewhere")
        await registration.register(home(wife, household_no="7", enroll=None))
        base = [one(m["name"], id_number=m["documents"][0]["number"], village=VILLAGE) for m in (head, wife)]
        await survey.send(*base, county="dongan")
        await registration.register(home(head))

        for narrowed in ({}, {"household_no": "1"}):
            assert await survey.search(county="dongan", trouble="household_incomplete", **narrowed) == []

    async def test_lacks_whom_the_notice_asks_for(self, registration):
        head, wife, child = member("张三"), member("外来", hukou="elsewhere"), member("张小")
        await on_record(registration, head, wife, child)

        (told,) = (await registration.register(home(head)))["incomplete"]

        assert (told["on_record"], told["in_base"], told["required"]) == (1, 0, True)

    async def test_lacks_whom_the_survey_alone_knows_until_somebody_knows_more(self, registration):
        survey = Survey(registration)
        head, wife = number(), number()
        rows = [one("张三", id_number=head, village=VILLAGE), one("外来", id_number=wife, village=VILLAGE)]
        await survey.send(*rows, county="dongan")

        (told,) = (await registration.register(home(member("张三", head))))["incomplete"]
        assert (told["on_record"], told["in_base"], told["in_base_unasked"]) == (0, 1, True)
        lacking = await survey.search(county="dongan", trouble="household_incomplete")
        assert [row["name"] for row in lacking] == ["外来"]

        both = [member("张三", head), member("外来", wife, hukou="elsewhere")]
        await on_record(registration, *both)
        assert await survey.search(county="dongan", trouble="household_incomplete") == []
        assert (await registration.register(home(both[0])))["incomplete"] == []
        season = {"county": "dongan", "coverage_year": 2020}
        (shown,) = (await registration.get("/v1/surveys/villages", **season)).json()["items"]
        assert (shown["troubled"], shown["not_registered"]) == (0, 1)

    async def test_of_a_file_is_told_that_nothing_is_known_of_people_in_the_survey(self, registration):
        head = number()
        rows = [one("张三", id_number=head, village=VILLAGE), one("外来", village=VILLAGE)]
        await Survey(registration).send(*rows, county="dongan")
        heading = ["户号", "村代码", "与户主关系", "姓名", "证件号码"]
        file = csv_of([heading, ["1", VILLAGE, "户主", "张三", head]])
        import_id = await upload(registration, file, county="dongan", at="2019-09-12T10:00:00+08:00")
        await registration.run_imports()

        lines = await registration.get(f"/v1/imports/{import_id}/errors.csv")

        assert "名册内人员是否属于应参保成员尚不清楚" in lines.content.decode("utf-8-sig")


async def test_every_member_has_to_join_where_the_notice_asks_for_all(registration):
    head, wife = member("张三"), member("外来", hukou="elsewhere")
    await on_record(registration, head, wife)

    (told,) = (await registration.register(home(head)))["incomplete"]

    assert (told["on_record"], told["in_base_unasked"]) == (1, False)
