"""Batches of households: who is registered, who is not and why, and what others learn of it."""

import orjson
import pytest
from sqlalchemy import text

from libs.common.events.registration import EnrollmentAssessed, EnrollmentRegistered
from services.registration.tables import documents
from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, household, member, number


async def head_of(registration, household_no):
    """The number of the head."""
    (head,) = await registration.opened(
        "SELECT d.number FROM households h JOIN documents d ON d.person_id = h.head_id"
        " WHERE household_no = :no",
        documents.c.number,
        no=household_no,
    )
    return head


def reason(answer, index=0):
    return answer["rejected"][index]["problem"]["type"].rsplit(":", 1)[-1]


class TestRegistering:
    async def test_a_household_is_registered_assessed_and_shown_with_its_trace(self, registration):
        head = number()
        rows = household("H1", member("张三", head), member("张小明", born="2012-03-01"))
        assert await registration.register(rows) == {
            "accepted": 1,
            "rejected": [],
            "incomplete": [],
            "wrong_place": [],
        }
        assert await registration.assess() == 2
        shown = await registration.enrollment(head)
        assert shown["enrollment"]["state"] == "assessed"
        (assessment,) = shown["assessments"]
        assert assessment["answer"]["own_due_fen"] == 25_000
        assert assessment["question"]["person"]["born"] == "1980-06-15"
        assert assessment["trace"][0]["inputs"]["born"] == "1980-06-15"
        assert "2019-09-10 10:00:00" in assessment["trace"][0]["words"]["zh"]

    async def test_facts_are_what_the_contracts_say(self, registration):
        head, child = number(), number("2012-03-01")
        await registration.register(household("H1", member("张三", head), member("张小明", child)))
        await registration.assess()
        registered = await registration.rows("SELECT key, data FROM outbox WHERE type LIKE '%registered%'")
        assert [row.key for row in registered] == [
            str(EnrollmentRegistered.model_validate_json(row.data).person_id) for row in registered
        ]
        facts = [
            EnrollmentAssessed.model_validate(event)
            for event in await registration.events("enrollment.assessed")
        ]
        adult, minor = facts
        assert (adult.minor, adult.guardian_id) == (False, None)
        assert (minor.minor, minor.guardian_id) == (True, adult.person_id)
        digests = registration.context.digests
        assert adult.identity_digests == (digests.identity("resident_id", head),)
        assert adult.name_digest == digests.name("张三")
        due = next(
            segment for segment in adult.schedule if segment.covers(adult.assessed_at) and segment.own_due_fen
        )
        assert (due.outcome, due.own_due_fen) == ("payable", 25_000)
        assert head not in orjson.dumps(await registration.events("enrollment")).decode()

    async def test_people_alike_share_one_explanation(self, registration):
        people = [member(f"张{n}", born=f"198{n}-05-0{n + 1}") for n in range(5)]
        await registration.register(household("H1", *people))
        await registration.assess()
        assert await registration.value("SELECT count(*) FROM assessments") == 5
        assert await registration.value("SELECT count(*) FROM explanations") == 1

    async def test_sending_the_same_rows_again_changes_nothing(self, registration):
        rows = household("H1", member("张三"), member("李四"))
        await registration.register(rows)
        await registration.assess()
        assert await registration.register(rows, at="2019-09-12T10:00:00+08:00") == {
            "accepted": 1,
            "rejected": [],
            "incomplete": [],
            "wrong_place": [],
        }
        assert await registration.assess() == 0
        assert await registration.value("SELECT count(*) FROM persons") == 2
        assert await registration.value("SELECT count(*) FROM person_versions") == 0

    async def test_a_changed_fact_updates_the_person_and_assesses_again(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.assess()
        await registration.register(
            household("H1", member("张三", head, employee_insurance={"state": "active"})),
            at="2019-10-01T10:00:00+08:00",
        )
        await registration.assess()
        (event,) = await registration.events("reassessed")
        assert event["cause"] == "data_corrected"
        assert {segment["outcome"] for segment in event["schedule"]} == {"rejected"}
        assert await registration.value("SELECT count(*) FROM person_versions") == 1

    async def test_ndjson_is_read_as_well(self, registration):
        body = b"\n".join(orjson.dumps(household(f"H{n}")) for n in range(3))
        answer = await registration.http.post(
            "/v1/households:batch", content=body, headers={"content-type": "application/x-ndjson"}
        )
        assert answer.json()["accepted"] == 3


class TestVillages:
    async def test_register_their_families_of_the_same_number_as_two(self, registration):
        one, other = number(), number()
        await registration.register(household("17", member("甲", one), member("甲妻")))
        answer = await registration.register(
            household("17", member("乙", other), member("乙妻"), division_code=OTHER_VILLAGE)
        )
        assert answer == {"accepted": 1, "rejected": [], "incomplete": [], "wrong_place": []}
        families = [
            (await registration.get(f"/v1/persons/{await registration.person_id(head)}")).json()["household"]
            for head in (one, other)
        ]
        assert [family["division_code"] for family in families] == [VILLAGE, OTHER_VILLAGE]
        assert families[0]["household_id"] != families[1]["household_id"]
        assert [[m["name"] for m in family["members"]] for family in families] == [
            ["甲", "甲妻"],
            ["乙", "乙妻"],
        ]
        assert [[m["head"] for m in family["members"]] for family in families] == [[True, False]] * 2

    async def test_that_were_wrong_are_corrected_by_sending_the_family_again(self, registration):
        head = number()
        rows = household("17", member("甲", head), member("甲妻"))
        await registration.register(rows)
        before = await registration.value("SELECT id FROM households")
        await registration.register(rows | {"division_code": OTHER_VILLAGE})
        assert await registration.rows("SELECT id, division_code FROM households") == [
            (before, OTHER_VILLAGE)
        ]
        divisions = await registration.rows("SELECT DISTINCT division_code FROM enrollments")
        assert divisions == [(OTHER_VILLAGE,)]


class TestAssessing:
    async def test_an_enrollment_that_cannot_be_assessed_does_not_hold_up_the_others(self, registration):
        broken, sound = number(), number()
        await registration.register(
            household("H1", member("张三", broken)), household("H2", member("李四", sound))
        )
        broken_id = await registration.person_id(broken)
        async with registration.context.engine.begin() as conn:
            await conn.execute(
                text('UPDATE persons SET facts = \'{"hukou": "mars"}\' WHERE id = :id'), {"id": broken_id}
            )
        assert await registration.assess() == 2
        assert (await registration.enrollment(sound))["enrollment"]["state"] == "assessed"
        assert (await registration.enrollment(broken))["enrollment"]["state"] == "registered"
        await registration.http.patch(f"/v1/persons/{broken_id}", json={"hukou": "county"})
        await registration.assess()
        assert (await registration.enrollment(broken))["enrollment"]["state"] == "assessed"
        assert len(await registration.events("enrollment.assessed")) == 2


class TestRejecting:
    async def test_the_same_document_twice_in_a_batch(self, registration):
        twice = number()
        answer = await registration.register(
            household("H1", member("张三", twice)), household("H2", member("张三", twice)), household("H3")
        )
        assert (answer["accepted"], reason(answer)) == (2, "duplicate-in-input")
        assert answer["rejected"][0]["index"] == 1

    async def test_one_bad_member_keeps_the_household_out_and_the_others_in(self, registration):
        taken = number()
        await registration.register(household("H1", member("张三", taken)))
        answer = await registration.register(
            household("H2", member("李四"), member("张三", taken)), household("H3")
        )
        assert (answer["accepted"], reason(answer)) == (1, "registered-in-another-household")
        assert await registration.value("SELECT count(*) FROM households WHERE household_no = 'H2'") == 0

    async def test_a_number_registered_under_another_name(self, registration):
        taken = number()
        await registration.register(household("H1", member("张三", taken)))
        answer = await registration.register(household("H1", member("王五", taken)))
        assert reason(answer) == "registered-under-another-name"

    async def test_a_text_that_cannot_be_stored_keeps_only_its_own_household_out(self, registration):
        bad = household("H2") | {"address": "东\0街"}
        bad["enroll"] = bad["enroll"] | {"tier": 10**20, "add_ons": ["\0"]}
        answer = await registration.register(household("H1"), bad)
        assert answer["accepted"] == 1
        assert answer["rejected"][0]["problem"]["household_no"] == "H2"
        assert [error["pointer"] for error in answer["rejected"][0]["problem"]["errors"]] == [
            "#/address",
            "#/enroll/tier",
            "#/enroll/add_ons/0",
        ]

    async def test_every_fault_of_a_row_is_named_with_its_place_in_both_languages(self, registration):
        row = household(
            "H1", {"name": "", "documents": [{"type": "resident_id", "number": "123"}], "hukou": "mars"}
        )
        row["head"] = "123"
        answer = await registration.register(row | {"division_code": "350426101000"})
        errors = answer["rejected"][0]["problem"]["errors"]
        assert {error["pointer"] for error in errors} == {
            "#/division_code",
            "#/members/0/name",
            "#/members/0/documents/0/number",
            "#/members/0/hukou",
        }
        assert all(error["detail"] and error["detail_zh"] for error in errors)
        assert "123" not in answer["rejected"][0]["problem"]["detail"]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"head": number()}, "household-without-head"),
            ({"division_code": "620422101201"}, "division-outside-notice"),
            ({"enroll": {"county": "youxi", "coverage_year": 1999}}, "unknown-notice"),
        ],
    )
    async def test_what_the_notice_or_the_household_forbids(self, registration, change, expected):
        assert reason(await registration.register(household("H1") | change)) == expected

    async def test_a_head_may_be_a_registered_member_without_a_row(self, registration):
        head, spouse, child = number(), number(), number()
        await registration.register(household("H1", member("张三", head), member("李四", spouse)))

        first = household("H1", member("张小", child)) | {"head": head}
        second = household("H1", member("张小", child)) | {"head": spouse}
        assert (await registration.register(first))["rejected"] == []
        assert await head_of(registration, "H1") == head
        assert (await registration.register(second))["rejected"] == []
        assert await head_of(registration, "H1") == spouse

    async def test_a_head_of_another_household_is_none_of_this_one(self, registration):
        head, other = number(), number()
        await registration.register(
            household("H1", member("张三", head)), household("H2", member("王五", other))
        )
        row = household("H1", member("张小", number())) | {"head": other}

        assert reason(await registration.register(row)) == "household-without-head"
        assert await head_of(registration, "H1") == head

    @pytest.mark.parametrize("wish", [{"county": "youxi", "coverage_year": 2020}, None])
    async def test_a_township_takes_nobody_over_from_another(self, registration, wish):
        theirs = number()
        await registration.register(household("H1", member("张三", theirs), division_code=OTHER_VILLAGE))
        http = await registration.client(scopes=["registration:write"], division="350426101")
        for name, head in (("张三", theirs), ("李四", theirs), ("张三", number())):
            mine = member("王五", head) if head != theirs else member(name, theirs)
            row = household("H9", mine, *([member(name, theirs)] if head != theirs else [])) | {"head": head}
            if wish is None:
                del row["enroll"]
            answer = (await http.post("/v1/households:batch", json=[row])).json()
            assert (answer["accepted"], reason(answer)) == (0, "lives-in-another-division")
            assert "move" in answer["rejected"][0]["problem"]["detail"]
        assert await registration.rows("SELECT household_no, division_code FROM households") == [
            ("H1", OTHER_VILLAGE)
        ]
        tried = await registration.rows(
            "SELECT DISTINCT query_digest, division FROM person_lookups "
            "WHERE operation = 'register_households_refused'"
        )
        digest = registration.context.digests.identity("resident_id", theirs)
        assert [tuple(row) for row in tried] == [(digest, "350426101")]
        moved = household("H9", member("张三", theirs))
        assert (await registration.register(moved))["rejected"]  # the county: still head of another household

    async def test_an_officer_registers_only_in_the_own_division(self, registration):
        http = await registration.client(scopes=["registration:write"], division="350426101")
        rows = [household("H1"), household("H2", division_code=OTHER_VILLAGE)]
        answer = (await http.post("/v1/households:batch", json=rows)).json()
        assert (answer["accepted"], reason(answer)) == (1, "outside-division")

    async def test_more_rows_than_allowed_are_refused_at_once(self, registration):
        answer = await registration.post("/v1/households:batch", [{}] * 5001)
        assert answer.status_code == 413
        assert answer.json()["max_rows"] == 5000


class TestLookingUp:
    async def test_numbers_are_masked_and_the_look_up_is_audited(self, registration):
        head = number()
        await registration.register(household("H1", member("张三丰", head)))
        clerk = await registration.client(scopes=["registration:read"])
        found = (await clerk.post("/v1/persons/search", json={"id_number": head, "name": "张三丰"})).json()
        (person,) = found["items"]
        assert person["name"] == "张**"
        assert person["documents"][0]["number"] == head[:6] + "********" + head[-4:]
        assert person["born"] == "1980-**-**"
        (row,) = await registration.rows(
            "SELECT operation, person_id, query_digest, subject FROM person_lookups "
            "WHERE operation <> 'register_households'"
        )
        assert (row.operation, row.person_id, row.subject) == ("search_persons", person["person_id"], "test")
        assert row.query_digest == registration.context.digests.identity("resident_id", head)

    async def test_with_the_scope_the_number_is_shown(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        shown = (await registration.get(f"/v1/persons/{await registration.person_id(head)}")).json()
        assert shown["documents"] == [{"type": "resident_id", "number": head}]
        assert shown["household"]["division_code"] == VILLAGE

    async def test_the_number_alone_finds_nobody_and_that_is_audited_too(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        found = (await registration.post("/v1/persons/search", {"id_number": head, "name": "李四"})).json()
        assert found == {"items": [], "next_after": None, "outside_division": 0}
        searches = "SELECT count(*) FROM person_lookups WHERE person_id IS NULL AND operation LIKE 'search%'"
        assert await registration.value(searches) == 1

    async def test_people_of_another_township_are_only_counted(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        http = await registration.client(division="350426102")
        found = (await http.post("/v1/persons/search", json={"id_number": head, "name": "张三"})).json()
        assert found == {"items": [], "next_after": None, "outside_division": 1}
        person_id = await registration.person_id(head)
        assert (await http.get(f"/v1/persons/{person_id}")).status_code == 403

    async def test_without_the_scope_nothing_is_shown(self, registration):
        http = await registration.client(scopes=["collection:read"])
        assert (await http.get("/v1/persons/1")).status_code == 403


class TestCorrecting:
    async def test_a_wrong_name_is_corrected_and_assessed_again(self, registration):
        head = number()
        await registration.register(household("H1", member("张山", head)))
        await registration.assess()
        person_id = await registration.person_id(head)
        answer = await registration.http.patch(f"/v1/persons/{person_id}", json={"name": "张三"})
        assert answer.json()["name"] == "张三"
        await registration.assess()
        (event,) = await registration.events("reassessed")
        assert event["name_digest"] == registration.context.digests.name("张三")

    async def test_a_correction_of_nothing_says_so(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        answer = await registration.http.patch(f"/v1/persons/{await registration.person_id(head)}", json={})
        assert answer.json()["type"].endswith("nothing-to-correct")


class TestAudit:
    async def test_keeps_who_was_refused_whom(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        elsewhere = await registration.client(division="350426102")
        powerless = await registration.client(scopes=["assess"])
        person = await registration.value("SELECT id FROM persons")
        enrollment = await registration.value("SELECT id FROM enrollments")

        assert (await elsewhere.get(f"/v1/persons/{person}")).status_code == 403
        assert (await powerless.get(f"/v1/persons/{person}")).status_code == 403
        cancel = await elsewhere.post(f"/v1/enrollments/{enrollment}/cancel", json={"reason": "moved"})
        assert cancel.status_code == 403

        rows = await registration.rows(
            "SELECT operation, person_id, division, purpose FROM person_lookups "
            "WHERE operation LIKE '%refused' ORDER BY id"
        )
        assert [tuple(row) for row in rows] == [
            ("get_person_refused", person, "350426102", f"/v1/persons/{person}"),
            ("get_person_refused", person, "", f"/v1/persons/{person}"),
            ("cancel_enrollment_refused", None, "350426102", f"/v1/enrollments/{enrollment}/cancel"),
        ]

    async def test_keeps_batches_enrollments_and_cancellations(self, registration):
        row = household("H1", member("张三", number()))
        del row["enroll"]
        await registration.register(row)
        person = await registration.value("SELECT id FROM persons")
        wanted = {"person_id": person, "county": "youxi", "coverage_year": 2020}
        enrolled = (await registration.post("/v1/enrollments", wanted)).json()["enrollment_id"]
        await registration.post(f"/v1/enrollments/{enrolled}/cancel", {"reason": "moved"})

        rows = await registration.rows("SELECT operation, person_id, purpose FROM person_lookups ORDER BY id")
        assert [tuple(row) for row in rows] == [
            ("register_households", person, "1 households"),
            ("enroll_person", person, None),
            ("cancel_enrollment", person, None),
        ]
