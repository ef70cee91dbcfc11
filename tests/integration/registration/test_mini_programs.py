"""What residents need before and after paying: the cover in words, and reminders that they agreed to."""

import pytest

from canbao.retention.erasing import By, erase
from libs.common.security.scopes import ROLES
from services.registration.contacts import store
from tests.integration.registration.builders import OTHER_VILLAGE, household, member, moment, number
from tests.integration.registration.test_merging import merge, two_records

PHONE = "13800000000"
NOVEMBER = "2019-11-20T10:00:00+08:00"


@pytest.fixture
async def app(registration):
    return await registration.client(scopes=ROLES["mini_program"], division="350426", subject="minshuitong")


async def person(registration, **facts):
    """Somebody who is registered."""
    head = number()
    await registration.register(household("H1", member("张三", head, **facts)))
    await registration.assess()
    return await registration.person_id(head)


async def cover(http, person_id, at=NOVEMBER, **query):
    path = f"/v1/persons/{person_id}/enrollments/2020/cover"
    answer = await http.get(path, params=query, headers={"canbao-clock": at})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def give(http, person_id, phone=PHONE, at=NOVEMBER, **more):
    body = {"coverage_year": 2020, "phone": phone, "consent": True} | more
    return await http.post(f"/v1/persons/{person_id}/contacts", json=body, headers={"canbao-clock": at})


async def withdraw(http, person_id, at=NOVEMBER):
    path = f"/v1/persons/{person_id}/contacts/withdraw"
    return await http.post(path, json={"coverage_year": 2020}, headers={"canbao-clock": at})


async def reminded(registration, *people):
    async with registration.context.engine.connect() as conn:
        return [(one.person_id, one.phone) for one in await store.standing(conn, people, 2020)]


class TestCover:
    async def test_is_told_before_paying_from_when_to_when(self, registration, app):
        told = await cover(app, await person(registration))
        assert (told["cover_from"], told["cover_to"], told["cover_days"]) == ("2020-01-01", "2020-12-31", 366)
        assert (told["waiting_days"], told["own_due_fen"], told["warnings"]) == (0, 25_000, [])
        assert "2020-01-01至2020-12-31" in told["words_zh"]

    async def test_says_the_wait_in_words_to_who_pays_late(self, registration, app):
        told = await cover(app, await person(registration), "2020-03-05T10:00:00+08:00")
        assert (told["waiting_days"], told["cover_from"]) == (60, "2020-05-04")
        assert "等待60天" in told["words_zh"] and "a wait of 60 days" in told["words"]

    async def test_warns_where_nothing_is_left_of_the_year(self, registration, app):
        told = await cover(app, await person(registration), "2020-11-05T10:00:00+08:00")
        assert (told["outcome"], told["cover_from"], told["cover_days"]) == ("payable", None, 0)
        (warning,) = [one for one in told["warnings"] if one["id"] == "no_benefit_days"]
        assert "没有待遇日" in warning["words_zh"] and "no day of cover" in warning["words"]

    async def test_is_told_of_nobody_outside_of_the_division(self, registration):
        someone = await person(registration)
        other = await registration.client(scopes=ROLES["mini_program"], division=OTHER_VILLAGE)
        answer = await other.get(f"/v1/persons/{someone}/enrollments/2020/cover")
        assert answer.status_code == 403

    async def test_family_members_are_told_apart_by_facts_of_registration(self, registration):
        child = number("2012-05-01")
        await registration.register(
            household("H1", member("张三", number()), member("张小", child, born="2012-05-01"))
        )
        await registration.assess()
        told = {one["birth_year"]: one for one in await registration.events("enrollment.assessed")}
        assert set(told) == {1980, 2012}
        assert told[2012]["number_ends"] == child[-2:]
        assert child not in str(told)


class TestReminders:
    async def test_a_phone_is_kept_with_consent_sealed_with_who_and_when(self, registration, app):
        someone = await person(registration)
        kept = (await give(app, someone)).json()
        assert (kept["phone"], kept["given_by"], kept["given_at"]) == (
            "138****0000",
            "minshuitong",
            "2019-11-20T10:00:00+08:00",
        )
        assert await reminded(registration, someone) == [(someone, PHONE)]
        (row,) = await registration.rows("SELECT phone FROM contacts")
        assert PHONE.encode() not in bytes(row.phone)

    async def test_without_consent_nothing_is_kept(self, registration, app):
        someone = await person(registration)
        refused = await give(app, someone, consent=False)
        assert (refused.status_code, await registration.rows("SELECT id FROM contacts")) == (422, [])
        assert (await give(app, someone, phone="12345")).status_code == 422

    @pytest.mark.parametrize("by", ["app", "office"])
    async def test_consent_is_withdrawn_and_the_phone_is_gone_at_once(self, registration, app, by):
        someone = await person(registration)
        await give(app, someone)
        office = await registration.client(scopes=ROLES["township_officer"], subject="li")
        http = app if by == "app" else office
        ended = (await withdraw(http, someone, "2019-12-01T09:00:00+08:00")).json()
        assert (ended["phone"], ended["withdrawn_at"]) == (None, "2019-12-01T09:00:00+08:00")
        assert await reminded(registration, someone) == []
        (row,) = await registration.rows("SELECT phone, given_by, withdrawn_by FROM contacts")
        who = "minshuitong" if by == "app" else "li"
        assert (row.phone, row.given_by, row.withdrawn_by) == (None, "minshuitong", who)
        assert (await withdraw(http, someone)).json()["type"] == "urn:canbao:problem:no-consent"

    async def test_a_newer_phone_takes_the_place_of_the_first(self, registration, app):
        someone = await person(registration)
        await give(app, someone)
        await give(app, someone, phone="13900000000")
        assert await reminded(registration, someone) == [(someone, "13900000000")]

    async def test_is_whole_for_who_may_see_numbers_and_masked_for_others(self, registration, app):
        someone = await person(registration)
        await give(app, someone)
        path = f"/v1/persons/{someone}/contacts"
        township = await registration.client(scopes=ROLES["township_officer"])
        department = await registration.client(scopes=ROLES["department_officer"])
        assert (await township.get(path)).json()["items"][0]["phone"] == PHONE
        assert (await department.get(path)).json()["items"][0]["phone"] == "138****0000"
        assert (await app.get(path)).status_code == 403
        assert await registration.value(
            "SELECT count(*) FROM person_lookups WHERE operation LIKE '%contact%'"
        )

    async def test_of_two_records_of_one_person_one_phone_goes_on(self, registration, app):
        wrong, right = await two_records(registration)
        first, second = await registration.person_id(wrong), await registration.person_id(right)
        await give(app, first)
        await give(app, second, phone="13900000000")
        assert (await merge(registration, right, wrong)).status_code == 200
        assert len(await reminded(registration, first, second)) == 1

    async def test_goes_when_its_year_is_long_over(self, registration, app):
        await give(app, await person(registration))
        at = moment("2022-06-01T10:00:00+08:00")
        by = By("archivist", "销毁清册", at)
        await erase(registration.context.engine, "registration", at.date(), by, lambda *_: None)
        (row,) = await registration.rows("SELECT phone, given_by FROM contacts")
        assert (row.phone, row.given_by) == (None, "minshuitong")
