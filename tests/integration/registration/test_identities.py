"""Numbers and names that collector and bureau are given: to whom, of whom, and that it is on record."""

from tests.integration.registration.builders import OTHER_VILLAGE, household, member, number

PATH, SCOPE = "/v1/persons/identities", "identities:read"


class TestIdentities:
    async def test_are_given_whole_within_the_division_and_each_look_is_on_record(self, registration):
        mine, other = number(), number()
        await registration.register(household("1", member("欧阳娜娜", mine)))
        await registration.register(household("2", member("陈外镇", other), division_code=OTHER_VILLAGE))
        ids = [await registration.person_id(mine), await registration.person_id(other), 10**9]
        bureau = await registration.client(subject="tax", scopes=[SCOPE], division="350426101")

        found = (await bureau.post(PATH, json={"person_ids": ids})).json()["items"]

        assert found == [{"person_id": ids[0], "type": "resident_id", "number": mine, "name": "欧阳娜娜"}]
        looks = "SELECT person_id FROM person_lookups WHERE subject = 'tax' AND operation = 'list_identities'"
        assert [row.person_id for row in await registration.rows(looks)] == [ids[0]]

    async def test_of_two_records_that_became_one_are_those_of_the_person(self, registration):
        wrong, right = number(), number()
        await registration.register(household("1", member("张三", wrong)))
        await registration.register(household("2", member("张三", right)))
        ids = [await registration.person_id(wrong), await registration.person_id(right)]
        path, body = f"/v1/persons/{ids[1]}/merges", {"other_person_id": ids[0], "reason": "原号码录错"}
        asked = (await registration.post(path, body, "2019-10-20T10:00:00+08:00")).json()
        second = await registration.client(subject="second")
        await second.post(f"/v1/approvals/{asked['approval']['approval_id']}/approve", json={})

        bureau = await registration.client(scopes=[SCOPE])
        found = (await bureau.post(PATH, json={"person_ids": ids})).json()["items"]

        assert {one["person_id"] for one in found} == set(ids)
        assert len({(one["number"], one["name"]) for one in found}) == 1

    async def test_are_given_to_nobody_who_may_merely_look_people_up(self, registration):
        reader = await registration.client(scopes=["registration:read", "pii:read"])

        assert (await reader.post(PATH, json={"person_ids": [1]})).status_code == 403

    async def test_are_asked_for_by_ids_and_not_too_many_at_once(self, registration):
        bureau = await registration.client(scopes=[SCOPE])
        for ids in ([], list(range(1, 2_002)), [0]):
            assert (await bureau.post(PATH, json={"person_ids": ids})).status_code == 422
