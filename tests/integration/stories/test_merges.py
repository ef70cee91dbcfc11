"""Two records of one person (story D3): made one by two officers, with one enrollment and one help a year."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from canbao.verify.run import verify
from tests.conftest import EVERY_SCOPE
from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Story, moment
from tests.integration.stories.test_money import books
from tests.integration.stories.test_people import adult, family, lines, pay, rows

#: Another township of Youxi.
ELSEWHERE = "350426102201"


async def two_records(story: Story, on: str = "2019-10-01", **elsewhere: Any) -> tuple[str, str]:
    """A person whose number was typed wrong, and the same person with the right one."""
    wrong, right = number(), number()
    await family(story, on, adult(wrong), household="F1")
    await family(story, on, adult(right), household="F2", **elsewhere)
    return wrong, right


async def ids(story: Story) -> list[int]:
    return [row.id for row in await rows(story, "registration", "SELECT id FROM persons ORDER BY id")]


async def merge(story: Story, right: int, other: int, on: str, *, settle: bool = True, **more: Any) -> None:
    body = {"other_person_id": other, "reason": "原号码录错，已核对身份证"}
    path = f"/v1/persons/{right}/merges"
    asked = await story.county.expect("registration", "POST", path, moment(on), body, **more)
    assert asked["survivor_person_id"] == min(right, other)
    approve = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
    await story.county.expect("registration", "POST", approve, moment(on), {}, token=story.token_of("second"))
    if settle:
        await story.county.settle()


async def person(story: Story, person_id: int) -> dict[str, Any]:
    return await story.county.expect("registration", "GET", f"/v1/persons/{person_id}", moment("2022-01-01"))


async def enrollment(story: Story, person_id: int) -> dict[str, Any]:
    found = (await person(story, person_id))["enrollments"]
    (stands,) = [one for one in found if one["merged_into"] is None]
    return stands


async def verified(story: Story) -> dict[str, list[str]]:
    """What `canbao verify` finds wrong, by check."""
    services = story.county.services
    urls = {name: services[name].context.settings.database_url for name in services}
    report = await verify(urls, services["registration"].context.notices)
    return {
        check.name: [f"{one.which} {one.wrong}" for one in check.told]
        for check in report.checks
        if check.count
    }


class TestAHouseholdOfHuilong:
    async def test_is_on_the_tier_that_the_other_record_had_paid(self, tell):
        """Of two that are complete in it on different tiers the one who was first binds the others."""
        story = await tell("huilong")
        await story.person("2019-10-02", household="H1")
        again = await story.person("2019-10-03", household="H97")
        helped = await story.person("2019-10-04", household="H1", tier=1, born="1990-03-04")
        other = await story.person("2019-10-05", household="H1", tier=2, born="1991-05-06")
        await again.pays(625, "2019-10-19")
        await story.roster("2019-10-26", "fp_surgery", helped, effective_on="2018-11-28")
        assert (await other.owes("2019-10-28"), await other.state()) == (0, "assessed")
        await merge(story, *(await ids(story))[:2], "2019-10-29")

        assert await other.owes("2019-10-30") == 625
        await other.pays(625, "2019-10-30")
        assert [await one.state() for one in (helped, other)] == ["exempt", "paid"]

    @pytest.mark.parametrize("exempt_on", ["2019-10-13", "2019-11-02"])
    async def test_helps_who_is_complete_whoever_else_is_on_another_tier(self, tell, exempt_on):
        story = await tell("huilong")
        veteran = await story.person("2019-10-02", household="H1", tier=2)
        again = await story.person("2019-10-03", household="H97", tier=2)
        exempt = await story.person("2019-10-04", household="H1", tier=1, born="1990-03-04")
        await story.roster("2019-10-12", "veteran_care", veteran, effective_on="2019-10-12")
        if exempt_on < "2019-10-19":
            await story.roster(exempt_on, "fp_special", exempt, effective_on="2018-11-28")
        await again.pays(625, "2019-10-19")
        if exempt_on > "2019-10-19":
            await story.roster(exempt_on, "fp_special", exempt, effective_on="2018-11-28")
        await merge(story, *(await ids(story))[:2], "2019-12-06")

        payouts = await rows(story, "subsidy", "SELECT amount_fen FROM payouts WHERE state <> 'cancelled'")
        assert [row.amount_fen for row in payouts] == [25_000]
        assert await verified(story) == {}


class TestBothPaid:
    @pytest.mark.parametrize("first", ["wrong", "right"])
    @pytest.mark.parametrize("in_the_path", ["wrong", "right"])
    async def test_the_first_payment_stands_and_the_second_is_to_be_given_back(
        self, tell, first, in_the_path
    ):
        story = await tell("youxi")
        wrong, right = await two_records(story)
        paid_in_order = [wrong, right] if first == "wrong" else [right, wrong]
        for day, id_number in enumerate(paid_in_order, start=5):
            await pay(story, id_number, "李四", 250, f"2019-10-{day:02d}", f"T{day}")
        older, newer = await ids(story)
        chosen = (older, newer) if in_the_path == "wrong" else (newer, older)
        await merge(story, *chosen, "2019-10-20")

        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]
        stands = await enrollment(story, older)
        assert (stands["state"], stands["completed_at"][:10]) == ("paid", "2019-10-05")
        one = await person(story, older)
        assert {document["number"] for document in one["documents"]} == {wrong, right}
        home = "F1" if in_the_path == "wrong" else "F2"
        assert one["household"]["household_no"] == home
        assert [member["person_id"] for member in one["household"]["members"]] == [older]

    async def test_of_the_second_the_rest_waits_where_a_part_went_back_before_the_merge_was_heard(self, tell):
        """Registration is ahead of collection by some minutes, as on a last evening."""
        story = await tell("youxi")
        wrong, right = await two_records(story)
        await pay(story, wrong, "李四", 250, "2019-10-05", "T5")
        await pay(story, right, "李四", 250, "2019-10-06", "T6")
        older, newer = await ids(story)
        await merge(story, older, newer, "2019-10-20 10:00:00", settle=False)
        back = moment("2019-10-20 10:10:00")
        gone = {"transaction_no": "T6", "return_no": "R1", "amount_fen": 100, "returned_at": back.isoformat()}
        await story.county.tell("payment.refunded", gone, back)
        await story.county.work()
        await story.county.settle()

        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]
        found = await books(story)
        assert (found["suspense"], found["clearing:tax"]) == (249, 499)
        when = await rows(story, "collection", "SELECT refunded_at FROM payment_lines WHERE refunded_fen > 0")
        assert [row.refunded_at for row in when] == [back]
        assert await verified(story) == {}

    async def test_either_id_finds_the_person_and_the_ended_enrollment_says_which_stands(self, tell):
        story = await tell("youxi")
        await two_records(story)
        older, newer = await ids(story)
        await merge(story, newer, older, "2019-10-20")

        one, by_the_other_id = await person(story, older), await person(story, newer)
        assert one == by_the_other_id
        assert (one["person_id"], one["merged_person_ids"]) == (older, [newer])
        stands, ended = one["enrollments"]
        assert (ended["state"], ended["cancel_reason"]) == ("cancelled", "merged")
        assert (stands["merged_into"], ended["merged_into"]) == (None, stands["enrollment_id"])

    async def test_a_third_payment_for_either_number_is_a_second_one(self, tell):
        story = await tell("youxi")
        wrong, right = await two_records(story)
        await pay(story, wrong, "李四", 250, "2019-10-05", "T1")
        older, newer = await ids(story)
        await merge(story, newer, older, "2019-10-20")
        await pay(story, right, "李四", 250, "2019-10-21", "T2")
        await pay(story, wrong, "李四", 250, "2019-10-22", "T3")

        assert await lines(story) == [("applied", None), *[("suspended", "already_paid")] * 2]


class TestVerify:
    @pytest.mark.parametrize(
        ("service", "lose", "mend", "finds"),
        [
            (
                "collection",
                "UPDATE merged_people SET person_id = 3",
                "UPDATE merged_people SET person_id = 1",
                "goes on as 1 in registration, but as 3 in collection",
            ),
            (
                "registration",
                "UPDATE persons SET merged_into = NULL",
                "UPDATE persons SET merged_into = 1 WHERE id = 2",
                "goes on as None in registration, but as 1 in ledger",
            ),
            (
                "registration",
                "UPDATE documents SET person_id = 2 WHERE type = 'resident_id'",
                "UPDATE documents SET person_id = 1",
                "that registration knows as that of person 2",
            ),
        ],
    )
    async def test_finds_a_record_that_a_service_takes_for_another_person(
        self, tell, service, lose, mend, finds
    ):
        story = await tell("youxi")
        await two_records(story)
        older, newer = await ids(story)
        await merge(story, newer, older, "2019-10-20")
        engine = story.county.services[service].context.engine
        async with engine.begin() as conn:
            await conn.execute(text(lose))
        found = (await verified(story))["identities"]
        async with engine.begin() as conn:
            await conn.execute(text(mend))

        assert any(finds in one for one in found)


class TestMoneyOnItsWay:
    @pytest.mark.parametrize("payer", ["wrong", "right"])
    async def test_a_payment_that_registration_had_not_heard_of_pays_the_enrollment_that_stands(
        self, tell, payer
    ):
        story = await tell("youxi")
        wrong, right = await two_records(story)
        older, newer = await ids(story)
        fen = 25_000
        payment = {
            "transaction_no": "T1", "paid_at": moment("2019-10-05").isoformat(), "amount_fen": fen,
            "county": "youxi", "coverage_year": 2020,
            "items": [{"id_number": wrong if payer == "wrong" else right, "name": "李四", "amount_fen": fen}],
        }  # fmt: skip
        await story.county.pay(payment, moment("2019-10-05"))
        await story.county.work()
        await merge(story, newer, older, "2019-10-05")

        assert await lines(story) == [("applied", None)]
        stands = await enrollment(story, older)
        assert (stands["state"], stands["paid_fen"]) == ("paid", fen)


class TestThreeRecords:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3), 2)))
    async def test_end_as_the_oldest_in_whatever_order_they_are_merged(self, tell, order):
        story = await tell("youxi")
        numbers = [number() for _ in range(3)]
        for place, id_number in enumerate(numbers):
            await family(story, "2019-10-01", adult(id_number), household=f"F{place}")
            await pay(story, id_number, "李四", 250, f"2019-10-0{place + 2}", f"T{place}")
        people = await ids(story)
        one, two = (people[number] for number in order)
        (three,) = set(people) - {one, two}
        await merge(story, one, two, "2019-10-20", settle=False)
        await merge(story, three, min(one, two), "2019-10-21")

        assert await lines(story) == [("applied", None), *[("suspended", "already_paid")] * 2]
        assert (await enrollment(story, people[2]))["completed_at"][:10] == "2019-10-02"
        assert (await person(story, people[1]))["person_id"] == people[0]


class TestACorrection:
    async def test_of_a_number_that_another_record_has_asks_whether_both_are_one(self, tell):
        story = await tell("youxi")
        wrong, right = await two_records(story)
        await pay(story, wrong, "李四", 250, "2019-10-05", "T1")
        older, newer = await ids(story)
        for _ in range(2):
            answer = await story.county.ask(
                "registration", "POST", f"/v1/persons/{older}/documents/correction", moment("2019-10-10"),
                {"wrong_number": wrong, "right_number": right, "reason": "录入错误"},
            )  # fmt: skip
            assert (answer.status_code, answer.json()["person_id"]) == (409, newer)
        (case,) = await story.cases("registration")
        assert (case["case_id"], case["kind"]) == (answer.json()["case_id"], "same_person")
        assert case["evidence"]["survivor_person_id"] == older
        await story.decide("registration", case, "merge", "2019-10-11")

        assert (await enrollment(story, newer))["state"] == "paid"
        assert await story.cases("registration") == []
        corrected = await story.county.expect(
            "registration", "POST", f"/v1/persons/{older}/documents/correction", moment("2019-10-12"),
            {"wrong_number": wrong, "right_number": right, "reason": "录入错误"},
        )  # fmt: skip
        assert [document["number"] for document in corrected["documents"]] == [right]

    async def test_does_not_say_whose_it_is_to_who_may_not_see_that_record(self, tell):
        story = await tell("youxi")
        mine, theirs = await two_records(story, village=ELSEWHERE)
        older, newer = await ids(story)
        body = {"wrong_number": mine, "right_number": theirs, "reason": "录入错误"}
        path = f"/v1/persons/{older}/documents/correction"
        scopes = ["registration:read", "registration:write"]
        told = {}
        for division in ("350426101", "350426"):
            clerk = story.token_of("clerk", scopes, division)
            answer = await story.county.ask(
                "registration", "POST", path, moment("2019-10-10"), body, token=clerk
            )
            assert answer.status_code == 409
            told[division] = answer.json().get("person_id")

        assert told == {"350426101": None, "350426": newer}

    async def test_of_two_people_who_are_two_stays_refused(self, tell):
        story = await tell("youxi")
        await two_records(story)
        older, newer = await ids(story)
        body = {"other_person_id": older, "reason": "疑似同一人"}
        asked = await story.county.expect(
            "registration", "POST", f"/v1/persons/{newer}/merges", moment("2019-10-10"), body
        )
        reject = f"/v1/approvals/{asked['approval']['approval_id']}/reject"
        await story.county.expect(
            "registration", "POST", reject, moment("2019-10-11"), {}, token=story.token_of("second")
        )
        (case,) = await story.cases("registration")
        await story.decide("registration", case, "apart", "2019-10-12")

        assert (await person(story, newer))["merged_person_ids"] == []
        assert await story.cases("registration") == []


class TestTwoTownships:
    async def test_one_proposes_and_whoever_sees_both_agrees(self, tell, signing_key):
        story = await tell("youxi")
        await two_records(story, village=ELSEWHERE)
        older, newer = await ids(story)
        tokens = {
            place: signing_key.issue(place or "county", EVERY_SCOPE, place)
            for place in ("350426101", "350426102", "350426103", "350426")
        }
        body = {"other_person_id": older, "reason": "迁居后重复登记"}
        path = f"/v1/persons/{newer}/merges"

        async def as_(place: str, path: str, body: dict[str, Any]) -> Any:
            return await story.county.ask(
                "registration", "POST", path, moment("2019-10-20"), body, token=tokens[place]
            )

        assert (await as_("350426103", path, body)).status_code == 403
        asked = (await as_("350426102", path, body)).json()
        approve = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
        for township in ("350426101", "350426102"):
            assert (await as_(township, approve, {})).status_code == 403
        assert (await as_("350426", approve, {})).status_code == 200
        await story.county.settle()

        assert (await person(story, older))["household"]["division_code"] == ELSEWHERE
        assert (await enrollment(story, older))["division_code"] == ELSEWHERE
        seen = await rows(
            story, "registration",
            "SELECT subject, person_id FROM person_lookups WHERE operation = 'merge_persons' ORDER BY id",
        )  # fmt: skip
        assert [(row.subject, row.person_id) for row in seen] == [
            ("350426102", newer), ("350426102", older), ("350426", older), ("350426", newer),
        ]  # fmt: skip


class TestExemptAndPaid:
    @pytest.mark.parametrize("exempt", ["wrong", "right"])
    async def test_who_was_exempt_first_gets_the_money_back(self, tell, exempt):
        story = await tell("huining")
        wrong, right = await two_records(story, "2020-09-05")
        await _listed(story, wrong if exempt == "wrong" else right, "2020-09-20")
        await pay(story, right if exempt == "wrong" else wrong, "李四", 280, "2020-11-05", "T1")
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-11-10")

        assert await lines(story) == [("suspended", "already_exempt")]
        assert (await enrollment(story, older))["state"] == "exempt"
        assert await _help(story) == [("county_finance", 28_000)]

    @pytest.mark.parametrize("exempt", ["wrong", "right"])
    async def test_who_paid_first_stays_paid_and_the_help_of_the_other_ends(self, tell, exempt):
        story = await tell("huining")
        wrong, right = await two_records(story, "2020-09-05")
        await pay(story, right if exempt == "wrong" else wrong, "李四", 280, "2020-09-10", "T1")
        await _listed(story, wrong if exempt == "wrong" else right, "2020-09-20")
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-11-10")

        assert await lines(story) == [("applied", None)]
        assert (await enrollment(story, older))["state"] == "paid"


class TestBothHelped:
    async def test_keep_one_help_and_the_second_payment_is_to_be_given_back(self, tell):
        story = await tell("huining")
        wrong, right = await two_records(story, "2020-09-05")
        for id_number in (wrong, right):
            await _listed(story, id_number, "2020-09-20", status_class="rural-2")
        await pay(story, right, "李四", 280, "2020-10-05", "T1")
        await pay(story, wrong, "李四", 280, "2020-10-06", "T2")
        assert await _help(story) == [("county_finance", 20_000)] * 2
        older, newer = await ids(story)
        await merge(story, newer, older, "2020-11-10")

        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]
        assert await _help(story) == [("county_finance", 20_000)]
        refunds = await rows(story, "subsidy", "SELECT amount_fen, state, person_id FROM refunds")
        assert [tuple(row) for row in refunds] == [(28_000, "requested", older)]
        payouts = await rows(story, "subsidy", "SELECT state, person_id FROM payouts ORDER BY payout_id")
        assert [tuple(row) for row in payouts] == [("waiting_card", older), ("cancelled", older)]


async def _listed(story: Story, id_number: str, on: str, status_class: str = "rural-1") -> None:
    notice = story.county.services["registration"].context.notices[(story.code, story.year)]
    header = {
        "county": story.code, "coverage_year": story.year, "status": "dibao",
        "department": notice.statuses["dibao"].department, "listed_on": on, "mode": "add",
        "rows": [{"id_number": id_number, "effective_on": "2016-01-01", "class": status_class}],
    }  # fmt: skip
    answer = await story.county.expect("registration", "POST", "/v1/rosters", moment(on), header)
    assert answer["rejected"] == [], answer
    await story.county.settle()


async def _help(story: Story) -> list[tuple[str, int]]:
    found = await rows(
        story, "subsidy", "SELECT payer, amount_fen FROM grants WHERE revoked_at IS NULL ORDER BY grant_id"
    )
    return [(row.payer, row.amount_fen) for row in found]
