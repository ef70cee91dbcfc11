"""In which years people were insured: known by files, own seasons and corrections, and what follows from it.

Qingdao 2027 counts lapsed years from 2025 on: two mean a wait of four months, and cover from 1 May.
"""

import pytest

from services.registration.enrollments import handlers
from tests.integration.registration.builders import csv_of, household, member, number, paid
from tests.integration.registration.test_imports import progress, upload

QINGDAO, HONGTA = "370202001001", "530402001001"
HEADER = ["证件号码", "年度", "参保地", "险种"]
IN_WINDOW = "2026-10-08T09:00:00+08:00"


async def enroll(registration, id_number, no="1", county="qingdao", year=2027, at=IN_WINDOW):
    village = QINGDAO if county == "qingdao" else HONGTA
    row = household(no, member(id_number=id_number), county=county, year=year)
    row |= {"division_code": village}
    row["enroll"] |= {"tier": 1} if county == "qingdao" else {}
    answer = await registration.register(row, at=at)
    assert answer["accepted"] == 1, answer
    await registration.assess()


async def shown(registration, id_number, at=IN_WINDOW, **query):
    person = await registration.person_id(id_number)
    http = await registration.at(at)
    answer = await http.get(f"/v1/persons/{person}/enrollments/2027", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def preview(registration, id_number, at=IN_WINDOW):
    http = await registration.at(at)
    person = await registration.person_id(id_number)
    answer = await http.get(f"/v1/persons/{person}/enrollments/2027/cover")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(registration, rows, at="2026-09-20T10:00:00+08:00", **form):
    fields = {"kind": "history", "county": "qingdao", "coverage_year": "2027", "name": "history.csv"}
    sent = await upload(registration, csv_of([HEADER, *rows]), at=at, **(fields | form))
    await registration.run_imports()
    await registration.assess()
    return sent


WHOLE = {"whole_place": "370202", "whole_from_year": "2025", "whole_to_year": "2026"}


def line(id_number, year):
    return [id_number, str(year), "青岛市", "居民医保"]


async def pay(registration, id_number, at="2026-11-20T10:00:00+08:00", year=2027, own_fen=41_500):
    enrollment = (await shown(registration, id_number))["enrollment"]
    newest = await registration.value(
        "SELECT max(assessment_id) FROM enrollments WHERE id = :id", id=enrollment["enrollment_id"]
    )
    fact = paid(enrollment, at, own_fen, assessment_id=newest)
    await registration.handle(handlers.COLLECTION, fact)
    await registration.assess()
    return fact


async def correct(registration, id_number, at=IN_WINDOW, http=None, **body):
    http = http or await registration.at(at)
    person = await registration.person_id(id_number)
    return await http.post(
        f"/v1/persons/{person}/history/corrections", json={"reason": "已核验参保凭证"} | body
    )


async def approve(registration, approval_id, at):
    second = await registration.client(subject="officer-2")
    second.headers["canbao-clock"] = at
    answer = await second.post(f"/v1/approvals/{approval_id}/approve", json={})
    assert answer.status_code == 200, answer.text
    await registration.assess()


class TestWhatIsKnown:
    async def test_nobody_is_told_a_first_day_of_cover_while_the_years_before_are_not_known(
        self, registration
    ):
        one = number()
        await enroll(registration, one)
        told = await preview(registration, one)
        assert told["cover_from"] is None
        assert [w["id"] for w in told["warnings"]] == ["history_unknown"]
        assert told["past"]["lapsed_years"] is None
        assert "参保记录未知" in told["past"]["words_zh"]

    async def test_who_is_in_no_line_of_a_whole_file_was_not_insured_there(self, registration):
        lapsed, insured = number(), number()
        await enroll(registration, lapsed, "1")
        await enroll(registration, insured, "2")
        await send(registration, [line(insured, 2025), line(insured, 2026)], **WHOLE)
        told = await preview(registration, lapsed)
        assert (told["cover_from"], told["past"]["lapsed_years"]) == ("2027-05-01", 2)
        assert "2025至2026年度没有参保" in told["past"]["words_zh"]
        told = await preview(registration, insured)
        assert (told["cover_from"], told["past"]["continuous_years"]) == ("2027-01-01", 2)
        history = (await shown(registration, lapsed))["history"]
        assert [(y["coverage_year"], y["insured"], y["basis"]) for y in history["years"]] == [
            (2026, False, "absence"),
            (2025, False, "absence"),
        ]

    async def test_a_file_that_is_not_said_to_be_whole_says_nothing_of_others(self, registration):
        one, other = number(), number()
        await enroll(registration, one)
        await send(registration, [line(other, 2026)])
        assert (await preview(registration, one))["past"]["lapsed_years"] is None

    async def test_a_whole_place_elsewhere_says_nothing_of_who_lives_here(self, registration):
        one = number()
        await enroll(registration, one)
        await send(registration, [line(number(), 2026)], **WHOLE | {"whole_place": "370203"})
        assert (await preview(registration, one))["past"]["lapsed_years"] is None

    async def test_a_season_of_another_county_of_this_installation_counts(self, registration):
        one = number()
        await enroll(registration, one, county="hongta", year=2026, at="2025-11-01T09:00:00+08:00")
        rows = await registration.rows("SELECT id, county, coverage_year, division_code FROM enrollments")
        first = {"enrollment_id": rows[0].id} | dict(rows[0]._mapping)
        payment = paid(first, "2025-11-02T10:00:00+08:00", 40_000)
        await registration.handle(handlers.COLLECTION, payment)
        await registration.assess()
        await registration.register(
            household("1", member(id_number=one), county="qingdao", year=2027)
            | {"division_code": QINGDAO, "enroll": {"county": "qingdao", "coverage_year": 2027, "tier": 1}},
            at=IN_WINDOW,
        )
        await registration.assess()
        person = await registration.value("SELECT person_id FROM enrollments WHERE coverage_year = 2027")
        http = await registration.at(IN_WINDOW)
        told = (await http.get(f"/v1/persons/{person}/enrollments/2027/cover")).json()
        assert (told["cover_from"], told["past"]["lapsed_years"]) == ("2027-01-01", 0)
        seen = (await http.get(f"/v1/persons/{person}/history")).json()
        assert (seen["years"][0]["basis"], seen["years"][0]["county"]) == ("season", "hongta")

    async def test_a_year_in_which_insurance_as_an_employee_ended_is_shown(self, registration):
        one = number()
        ended = {"state": "ended", "ended_on": "2026-03-31"}
        row = household("1", member(id_number=one, employee_insurance=ended), county="qingdao", year=2027)
        row["enroll"] |= {"tier": 1}
        answer = await registration.register(row | {"division_code": QINGDAO}, at=IN_WINDOW)
        assert answer["accepted"] == 1, answer
        http = await registration.at(IN_WINDOW)
        seen = (await http.get(f"/v1/persons/{await registration.person_id(one)}/history")).json()
        assert [(y["coverage_year"], y["insured"], y["basis"]) for y in seen["years"]] == [
            (2026, True, "employee_insurance")
        ]

    async def test_what_was_known_at_an_instant_can_be_asked_for_later(self, registration):
        one = number()
        await enroll(registration, one, at="2026-09-02T09:00:00+08:00")
        await send(registration, [line(number(), 2026)], at="2026-09-20T10:00:00+08:00", **WHOLE)
        before = await shown(registration, one, as_of="2026-09-10T09:00:00+08:00")
        after = await shown(registration, one, as_of="2026-09-21T09:00:00+08:00")
        assert before["as_of"]["answer"]["lapsed_years"] is None
        assert after["as_of"]["answer"]["lapsed_years"] == 2
        assert after["as_of"]["question"]["person"]["history"] == {"insured_years": []}

    async def test_the_year_before_last_is_not_due_for_who_moved_in_since(self, registration):
        one = number()
        await enroll(registration, one)
        event = {"id_number": one, "kind": "hukou_moved_in", "on": "2026-03-01"}
        answer = await registration.post("/v1/life-events", {"rows": [event]}, IN_WINDOW)
        assert answer.json()["accepted"] == 1, answer.text
        await send(registration, [line(number(), 2026)], at=IN_WINDOW, **WHOLE)
        history = (await shown(registration, one))["history"]
        assert (history["first_year_due"], history["lapsed_years"]) == (2026, 1)


class TestFiles:
    async def test_bad_lines_are_named_and_stop_nothing_else(self, registration):
        good, bad = number(), number()
        rows = [line(good, 2026), [bad, "去年", "青岛市", "居民医保"], [bad, "2026", "", "养老"]]
        sent = await send(registration, rows)
        done = await progress(registration, sent)
        assert (done["state"], done["new"], done["rejected"]) == ("done", 1, 2)
        errors = (await registration.get(f"/v1/imports/{sent}/errors.csv")).content.decode()
        assert "3,年度,须是年份" in errors
        assert "4,参保地,必填" in errors
        assert "4,险种,只能填写 居民医保" in errors

    async def test_a_year_to_come_is_refused(self, registration):
        sent = await send(registration, [line(number(), 2027)])
        assert (await progress(registration, sent))["rejected"] == 1

    async def test_a_file_with_rejected_lines_is_not_taken_for_whole(self, registration):
        one = number()
        await enroll(registration, one)
        sent = await send(registration, [line(number(), 2026), ["1", "2026", "", ""]], **WHOLE)
        assert (await preview(registration, one))["past"]["lapsed_years"] is None
        assert "history-not-whole" in (await registration.get(f"/v1/imports/{sent}/errors.csv")).text

    async def test_the_same_file_twice_is_once(self, registration):
        one = number()
        await enroll(registration, one)
        rows = [line(one, 2025), line(one, 2026)]
        await send(registration, rows, **WHOLE)
        before = await registration.value("SELECT count(*) FROM outbox")
        again = await send(registration, rows, at="2026-09-21T10:00:00+08:00", **WHOLE)
        assert (await progress(registration, again))["unchanged"] == 2
        assert await registration.value("SELECT count(*) FROM outbox") == before
        assert await registration.value("SELECT count(*) FROM history_statements") == 2

    async def test_a_dry_run_says_the_same_and_keeps_nothing(self, registration):
        rows = [line(number(), 2025), line(number(), 2026)]
        dry = await send(registration, rows, dry_run="true", **WHOLE)
        assert await registration.value("SELECT count(*) FROM history_statements") == 0
        assert await registration.value("SELECT count(*) FROM history_wholes") == 0
        wet = await send(registration, rows, **WHOLE)
        assert await progress(registration, dry) == await progress(registration, wet)

    async def test_only_the_bureau_sends_history(self, registration):
        clerk = await registration.client(scopes=["registration:read", "registration:write"])
        answer = await clerk.post(
            "/v1/imports",
            files={"file": ("h.csv", csv_of([HEADER, line(number(), 2026)]))},
            data={"kind": "history", "county": "qingdao", "coverage_year": "2027"},
        )
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:canbao:problem:history-of-bureau")

    async def test_nobody_states_a_place_whole_that_is_not_theirs(self, registration):
        bureau = await registration.client(
            scopes=["registration:read", "registration:write", "registration:decide"], division="370203"
        )
        answer = await bureau.post(
            "/v1/imports",
            files={"file": ("h.csv", csv_of([HEADER, line(number(), 2026)]))},
            data={"kind": "history", "county": "qingdao", "coverage_year": "2027"} | WHOLE,
            headers={"canbao-clock": IN_WINDOW},
        )
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:canbao:problem:outside-division")


class TestAfterPayment:
    @pytest.mark.parametrize("history_first", [True, False])
    async def test_history_that_becomes_known_changes_the_cover_and_not_the_contribution(
        self, registration, history_first
    ):
        one = number()
        await enroll(registration, one, at="2026-09-02T09:00:00+08:00")
        steps = [
            lambda: send(registration, [line(number(), 2026)], at="2026-11-25T10:00:00+08:00", **WHOLE),
            lambda: pay(registration, one),
        ]
        for step in steps if history_first else reversed(steps):
            await step()
        told = (await shown(registration, one, at="2026-12-01T10:00:00+08:00"))["enrollment"]
        assert (told["state"], told["paid_fen"], told["benefit_from"]) == ("paid", 41_500, "2027-05-01")
        newest = (await registration.events("enrollment.covered.v1"))[-1]
        # Money that comes after the news was decided by an assessment that knew it.
        cause = None if history_first else "history_known"
        assert (newest["cover_from"], newest["cause"]) == ("2027-05-01", cause)
        seen = await preview(registration, one, at="2026-12-01T10:00:00+08:00")
        assert (seen["outcome"], seen["cover_from"]) == ("paid", "2027-05-01")

    async def test_a_cover_that_stays_the_same_is_not_told_again(self, registration):
        one = number()
        await enroll(registration, one, at="2026-09-02T09:00:00+08:00")
        await send(registration, [line(one, 2026)])
        await pay(registration, one)
        await send(registration, [line(one, 2025)], at="2026-11-25T10:00:00+08:00")
        assert len(await registration.events("enrollment.covered.v1")) == 1

    async def test_a_correction_is_one_persons_before_payment_and_of_two_after(self, registration):
        one = number()
        await enroll(registration, one)
        await send(registration, [line(number(), 2026)], **WHOLE)
        answer = await correct(registration, one, coverage_year=2026, said="insured", scheme="employee")
        assert answer.status_code == 200, answer.text
        assert answer.json()["years"][0]["basis"] == "correction"
        await registration.assess()
        await pay(registration, one)
        later = "2026-12-02T10:00:00+08:00"
        asked = await correct(registration, one, at=later, coverage_year=2026, said="taken_back")
        assert asked.status_code == 202, asked.text
        assert (await shown(registration, one, at=later))["enrollment"]["benefit_from"] == "2027-01-01"
        await approve(registration, asked.json()["approval_id"], later)
        assert (await shown(registration, one, at=later))["enrollment"]["benefit_from"] == "2027-05-01"

    async def test_a_correction_is_of_two_where_another_county_has_the_money(self, registration):
        one = number()
        await enroll(registration, one, county="hongta", year=2026, at="2025-11-01T09:00:00+08:00")
        there = await registration.value("SELECT id FROM persons")
        await enroll(registration, one)
        here = await registration.rows("SELECT * FROM enrollments WHERE coverage_year = 2027")
        enrollment = {"enrollment_id": here[0].id} | dict(here[0]._mapping)
        payment = paid(enrollment, "2026-11-20T10:00:00+08:00", 41_500, assessment_id=here[0].assessment_id)
        await registration.handle(handlers.COLLECTION, payment)
        http = await registration.at("2026-12-02T10:00:00+08:00")
        body = {"coverage_year": 2026, "said": "insured", "reason": "已核验参保凭证"}
        asked = await http.post(f"/v1/persons/{there}/history/corrections", json=body)
        assert asked.status_code == 202, asked.text

    async def test_the_first_year_due_is_of_two_once_that_very_year_is_paid_for(self, registration):
        one = number()
        await enroll(registration, one)
        await send(registration, [line(number(), 2026)], **WHOLE)
        await pay(registration, one)
        later = "2027-02-01T10:00:00+08:00"
        asked = await correct(registration, one, at=later, coverage_year=2027, said="due_from")
        assert asked.status_code == 202, asked.text
        assert (await shown(registration, one, at=later))["enrollment"]["benefit_from"] == "2027-05-01"

    async def test_a_reason_is_kept_and_numbers_in_it_are_not(self, registration):
        one = number()
        await enroll(registration, one)
        await correct(registration, one, coverage_year=2025, said="due_from", reason=f"户口迁入 {one}")
        http = await registration.at(IN_WINDOW)
        seen = (await http.get(f"/v1/persons/{await registration.person_id(one)}/history")).json()
        assert seen["first_year_due"] == 2025
        assert seen["statements"][0]["reason"].startswith("户口迁入")
        assert one not in seen["statements"][0]["reason"]
        audit = "SELECT purpose, note FROM person_lookups WHERE operation = 'correct_history'"
        [lookup] = await registration.rows(audit)
        assert lookup.purpose is None and "户口迁入".encode() not in lookup.note


class TestPlacesKnownWhole:
    async def test_two_persons_state_that_seasons_here_hold_everybody(self, registration):
        one = number()
        await enroll(registration, one)
        http = await registration.at(IN_WINDOW)
        body = {"whole_place": "370202", "from_year": 2025, "to_year": 2026, "reason": "两年度均在本系统办理"}
        asked = await http.post("/v1/histories/whole", json=body)
        assert asked.status_code == 202, asked.text
        assert (await preview(registration, one))["past"]["lapsed_years"] is None
        await approve(registration, asked.json()["approval_id"], IN_WINDOW)
        assert (await preview(registration, one))["past"]["lapsed_years"] == 2
