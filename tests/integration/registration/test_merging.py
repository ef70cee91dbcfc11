"""What follows when two records become one person, in whatever order the facts of both arrive."""

from datetime import timedelta
from itertools import permutations

import pytest

from libs.common.events.collection import PaymentTakenBack
from services.registration.enrollments import handlers
from tests.integration.registration.builders import household, member, number, paid

ON = "2019-10-20T10:00:00+08:00"


async def two_records(registration, **more):
    """A person with a wrong number, and again with the right one, in two households of one village."""
    wrong, right = number(), number()
    await registration.register(household("H1", member("张三", wrong)))
    await registration.register(household("H2", member("张三", right, **more)))
    await registration.assess()
    return wrong, right


async def propose(registration, right, other):
    path = f"/v1/persons/{await registration.person_id(right)}/merges"
    body = {"other_person_id": await registration.person_id(other), "reason": "原号码录错"}
    return await registration.post(path, body, ON)


async def merge(registration, right, other):
    asked = (await propose(registration, right, other)).json()
    second = await registration.client(subject="second")
    second.headers["canbao-clock"] = ON
    answer = await second.post(f"/v1/approvals/{asked['approval']['approval_id']}/approve", json={})
    await registration.assess()
    return answer


def taken_back(payment, at):
    return PaymentTakenBack(
        **payment.model_dump(include=set(PaymentTakenBack.model_fields) - {"merged_person_id"}),
        reason="not_payable",
        amount_fen=payment.own_fen,
        taken_back_at=at,
    )


class TestFactsAboutTheEnrollmentThatEnded:
    @pytest.mark.parametrize("order", [o for o in permutations(range(3)) if o.index(1) < o.index(2)])
    async def test_complete_nothing_until_its_money_pays_the_one_that_stands(self, registration, order):
        wrong, right = await two_records(registration)
        ended = (await registration.enrollment(right))["enrollment"]
        await merge(registration, right, wrong)
        stands = (await registration.enrollment(right))["enrollment"]
        first = paid(ended, "2019-10-05T10:00:00+08:00", payment_id=77)
        again = first.model_copy(update={"enrollment_id": stands["enrollment_id"], "from_suspense": True})
        facts = [first, taken_back(first, first.paid_at + timedelta(days=15)), again]
        for place in order:
            await registration.handle(handlers.COLLECTION, facts[place])
        await registration.assess()

        assert (await registration.enrollment(right))["enrollment"]["state"] == "paid"
        states = await registration.rows("SELECT state FROM enrollments ORDER BY id")
        assert [row.state for row in states] == ["paid", "cancelled"]

    async def test_that_it_was_paid_does_not_bring_it_back(self, registration):
        wrong, right = await two_records(registration)
        ended = (await registration.enrollment(right))["enrollment"]
        await merge(registration, right, wrong)
        await registration.handle(handlers.COLLECTION, paid(ended, "2019-10-05T10:00:00+08:00"))

        assert await registration.assess() == 0
        assert (await registration.enrollment(wrong))["enrollment"]["state"] == "assessed"


class TestWhatFollows:
    async def test_it_is_told_once_with_all_documents_and_which_enrollment_stands(self, registration):
        wrong, right = await two_records(registration)
        older, newer = await registration.person_id(wrong), await registration.person_id(right)
        ids = [row.id for row in await registration.rows("SELECT id FROM enrollments ORDER BY id")]
        await merge(registration, right, wrong)

        (merged,) = await registration.events("person.merged")
        assert (merged["person_id"], merged["merged_person_id"]) == (older, newer)
        assert len(merged["identity_digests"]) == 2
        year = {"coverage_year": 2020, "enrollment_id": ids[0], "merged_enrollment_id": ids[1]}
        assert merged["enrollments"] == [year]
        (cancelled,) = await registration.events("cancelled")
        assert (cancelled["enrollment_id"], cancelled["reason"]) == (ids[1], "merged")
        told = (await registration.events("reassessed"))[-1]
        assert (told["person_id"], len(told["identity_digests"])) == (older, 2)

    async def test_a_child_has_the_person_as_guardian_and_the_household_as_head(self, registration):
        wrong, right = number(), number()
        child = member("李小宝", number("2015-03-01"), guardian=right)
        await registration.register(household("H1", member("张三", wrong)))
        await registration.register(household("H2", member("张三", right), child))
        older = await registration.person_id(wrong)
        await merge(registration, right, wrong)

        assert await registration.value("SELECT head_id FROM households WHERE household_no = 'H2'") == older
        assert await registration.value("SELECT head_id FROM households WHERE household_no = 'H1'") is None
        told = (await registration.events("assessed"))[-1]
        assert (told["minor"], told["guardian_id"]) == (True, older)

    async def test_an_event_that_both_records_tell_of_happened_once(self, registration):
        wrong, right = await two_records(registration)
        for id_number in (wrong, right):
            rows = {
                "rows": [{"id_number": id_number, "kind": "employee_insurance_ended", "on": "2019-10-01"}]
            }
            answer = await registration.post("/v1/life-events", rows, ON)
            assert answer.status_code == 200, answer.text
        await merge(registration, right, wrong)

        shown = (await registration.get(f"/v1/persons/{await registration.person_id(wrong)}")).json()
        assert [event["withdrawn_at"] is None for event in shown["life_events"]] == [True, False]

    @pytest.mark.parametrize("told_of", ["wrong", "right"])
    async def test_what_happened_to_the_record_whose_enrollment_ends_is_known_from_now_on(
        self, registration, told_of
    ):
        wrong, right = await two_records(registration)
        of, told = wrong if told_of == "wrong" else right, "2019-10-10T10:00:00+08:00"
        rows = {"rows": [{"id_number": of, "kind": "hukou_moved_in", "on": "2019-10-01"}]}
        answer = await registration.post("/v1/life-events", rows, told)
        assert answer.status_code == 200, answer.text
        await merge(registration, right, wrong)

        shown = (await registration.get(f"/v1/persons/{await registration.person_id(wrong)}")).json()
        assert [event["known_at"] for event in shown["life_events"]] == [told if told_of == "wrong" else ON]

    async def test_a_row_with_either_number_means_the_person(self, registration):
        wrong, right = await two_records(registration)
        await merge(registration, right, wrong)
        for id_number in (right, wrong):
            done = await registration.register(household("H2", member("张三", id_number)))
            assert done["rejected"] == []
        assert await registration.value("SELECT count(*) FROM persons") == 2


class TestWhatIsRefused:
    async def test_the_head_of_others_and_one_person_twice(self, registration):
        wrong, right = number(), number()
        await registration.register(household("H1", member("张三", wrong), member("李四", number())))
        await registration.register(household("H2", member("张三", right)))
        refused = await propose(registration, right, wrong)
        assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[-1]) == (409, "heads-a-household")
        same = await propose(registration, right, right)
        assert (same.status_code, same.json()["type"].rsplit(":", 1)[-1]) == (409, "already-one-person")
        assert (await propose(registration, wrong, right)).status_code == 200

    async def test_approved_twice_in_both_directions_it_happens_once(self, registration):
        wrong, right = await two_records(registration)
        asked = [(await propose(registration, *pair)).json() for pair in ((wrong, right), (right, wrong))]
        second = await registration.client(subject="second")
        answers = [
            await second.post(f"/v1/approvals/{one['approval']['approval_id']}/approve", json={})
            for one in asked
        ]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert len(await registration.events("person.merged")) == 1


class TestTheList:
    async def test_says_who_went_on_when_and_by_which_two_officers(self, registration):
        wrong, right = await two_records(registration)
        older, newer = await registration.person_id(wrong), await registration.person_id(right)
        asked = (await propose(registration, right, wrong)).json()
        [waits] = (await registration.get("/v1/merges")).json()["items"]
        assert (waits["state"], waits["person_id"], waits["merged_person_id"]) == ("waiting", older, newer)
        assert (waits["approval_id"], waits["reason"]) == (asked["approval"]["approval_id"], "原号码录错")

        second = await registration.client(subject="second")
        path = f"/v1/approvals/{waits['approval_id']}/approve"
        await second.post(path, json={}, headers={"canbao-clock": ON})

        listed = [(await registration.get("/v1/merges", person_id=one)).json() for one in (older, newer)]
        assert listed[0] == listed[1]
        [one] = listed[0]["items"]
        assert (one["state"], one["name"], one["decided_by"], one["approval_id"]) == (
            "merged", "张三", "second", None,
        )  # fmt: skip
        assert (one["right_person_id"], one["decided_at"], one["reason"]) == (newer, ON, "原号码录错")
        assert one["asked_by"] not in (None, "second")
        assert (await registration.get("/v1/merges", state="waiting")).json()["items"] == []

    async def test_masks_names_for_who_may_not_see_whole_ones(self, registration):
        wrong, right = await two_records(registration)
        await propose(registration, right, wrong)
        reader = await registration.client(scopes=["registration:read"])

        [masked] = (await reader.get("/v1/merges")).json()["items"]
        [whole] = (await registration.get("/v1/merges")).json()["items"]

        assert (masked["name"], whole["name"]) == ("张*", "张三")

    async def test_is_paged_the_newest_first_and_of_the_own_place(self, registration):
        for home in ("A", "B", "C"):
            wrong, right = number(), number()
            await registration.register(household(f"{home}1", member("张三", wrong)))
            await registration.register(household(f"{home}2", member("张三", right)))
            await propose(registration, right, wrong)
        first = (await registration.get("/v1/merges", limit=2)).json()
        rest = (await registration.get("/v1/merges", limit=2, after=first["next_after"])).json()
        ids = [one["case_id"] for one in (*first["items"], *rest["items"])]
        assert ids == sorted(ids, reverse=True) and len(ids) == 3 and rest["next_after"] is None
        elsewhere = await registration.client(scopes=["registration:read"], division="620422")
        assert (await elsewhere.get("/v1/merges")).json()["items"] == []
        seen = await registration.rows("SELECT operation FROM person_lookups WHERE operation = 'list_merges'")
        assert len(seen) >= 3
