"""Rosters: in time, late, corrected, ended; and what was known when."""

from services.registration.enrollments import handlers
from services.registration.tables import documents
from tests.integration.registration.builders import csv_of, household, member, number, paid
from tests.integration.registration.test_imports import progress, upload
from tests.integration.registration.test_office_files import faults


def roster(*rows, **header):
    return {
        "county": "youxi",
        "coverage_year": 2020,
        "status": "medical_assistance_1",
        "department": "civil_affairs",
        "listed_on": "2019-09-20",
        "rows": list(rows),
    } | header


def row(id_number, effective_on="2019-03-01", **more):
    return {"id_number": id_number, "effective_on": effective_on} | more


class TestRosters:
    async def test_a_status_makes_an_enrolled_person_exempt(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.assess()
        answer = (
            await registration.post("/v1/rosters", roster(row(head)), "2019-09-20T09:00:00+08:00")
        ).json()
        assert (answer["added"], answer["rejected"]) == (1, [])
        named = "SELECT person_id, purpose FROM person_lookups WHERE operation = 'send_roster'"
        assert [tuple(one) for one in await registration.rows(named)] == [
            (await registration.person_id(head), "medical_assistance_1")
        ]
        await registration.assess()
        (event,) = await registration.events("reassessed")
        assert (event["cause"], event["revision"], event["after_payment"]) == ("status_changed", 2, False)
        shown = await registration.enrollment(head)
        assert shown["assessments"][0]["answer"]["outcome"] == "exempt"

    async def test_a_roster_may_come_before_the_household(self, registration):
        head = number()
        answer = (await registration.post("/v1/rosters", roster(row(head, name="张三")))).json()
        assert answer["not_registered_yet"] == 1
        await registration.register(household("H1", member("张三", head)), at="2019-10-10T10:00:00+08:00")
        await registration.assess()
        assert (await registration.enrollment(head))["assessments"][0]["answer"]["outcome"] == "exempt"

    async def test_a_roster_of_somebody_else_under_the_number_helps_nobody(self, registration):
        head = number()
        await registration.post("/v1/rosters", roster(row(head, name="王五")))
        await registration.register(household("H1", member("张三", head)), at="2019-10-10T10:00:00+08:00")
        await registration.assess()
        assert (await registration.enrollment(head))["assessments"][0]["answer"]["outcome"] == "payable"

    async def test_replacing_reports_added_changed_removed_and_keeps_the_day_of_listing(self, registration):
        stays, goes, moves, comes = (number() for _ in range(4))
        await registration.register(
            household("H1", *(member(f"张{n}", n_) for n, n_ in enumerate((stays, goes, moves, comes))))
        )
        await registration.post("/v1/rosters", roster(row(stays), row(goes), row(moves)))
        again = roster(
            row(stays), row(moves, "2019-04-01"), row(comes), listed_on="2019-10-20", mode="replace"
        )
        answer = (await registration.post("/v1/rosters", again, "2019-10-20T09:00:00+08:00")).json()
        assert {key: answer[key] for key in ("added", "changed", "removed", "unchanged")} == {
            "added": 1,
            "changed": 0,
            "removed": 1,
            "unchanged": 2,
        }
        days = {}
        for id_number in (stays, goes, moves, comes):
            shown = await registration.get(f"/v1/persons/{await registration.person_id(id_number)}")
            (status,) = shown.json()["statuses"]
            days[id_number] = (status["listed_on"], status["ended_on"])
        assert days == {
            stays: ("2019-09-20", None),
            moves: ("2019-09-20", None),
            comes: ("2019-10-20", None),
            goes: ("2019-09-20", "2019-10-20"),
        }

    async def test_sending_a_roster_again_changes_nothing(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.post("/v1/rosters", roster(row(head)))
        await registration.assess()
        answer = (await registration.post("/v1/rosters", roster(row(head), listed_on="2019-10-20"))).json()
        assert (answer["unchanged"], answer["added"]) == (1, 0)
        assert await registration.assess() == 0

    async def test_rows_that_cannot_be_taken_are_named(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        answer = (
            await registration.post(
                "/v1/rosters",
                roster(row("123"), row(head, name="王五"), row(head), row(head), {"id_number": number()}),
            )
        ).json()
        reasons = [item["problem"]["type"].rsplit(":", 1)[-1] for item in answer["rejected"]]
        assert [item["index"] for item in answer["rejected"]] == [0, 1, 3, 4]
        assert reasons == [
            "row-invalid",
            "registered-under-another-name",
            "twice-on-roster",
            "row-invalid",
        ]

    async def test_a_township_lists_only_its_own_people(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        http = await registration.client(division="350426102")
        http.headers["canbao-clock"] = "2019-09-20T10:00:00+08:00"
        answer = (await http.post("/v1/rosters", json=roster(row(head), row(number())))).json()
        assert [item["problem"]["status"] for item in answer["rejected"]] == [403, 403]
        assert (await http.post("/v1/rosters", json=roster(mode="replace"))).status_code == 403

    async def test_another_county_sends_none_that_would_count_as_having_come(self, registration):
        """An alert says which rosters have not come: nobody of elsewhere may silence it."""
        stranger = await registration.client(scopes=["registration:write"], division="431122")
        refused = await stranger.post("/v1/rosters", json=roster(row(number())))
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:canbao:problem:outside-division")
        assert await registration.value("SELECT count(*) FROM rosters") == 0

    async def test_every_row_that_is_refused_is_on_record_by_digest_with_the_reason(self, registration):
        head, stranger = number(), number()
        await registration.register(household("H1", member("张三", head)))
        http = await registration.client(division="350426102")
        http.headers["canbao-clock"] = "2019-09-20T10:00:00+08:00"
        await http.post("/v1/rosters", json=roster(row(head), row(stranger)))
        await registration.post("/v1/rosters", roster(row(head, name="王五"), row(head), row(stranger)))

        person_id = await registration.person_id(head)
        seen = await registration.rows(
            "SELECT division, person_id, purpose, query_digest FROM person_lookups "
            "WHERE operation = 'send_roster_refused' ORDER BY id"
        )
        assert [(one.division, one.person_id, one.purpose) for one in seen] == [
            ("350426102", person_id, "lives-in-another-division"),
            ("350426102", None, "outside-division"),
            ("", person_id, "registered-under-another-name"),
        ]
        assert len({one.query_digest for one in seen}) == 2
        assert not any(head in str(one) for one in seen)

    async def test_an_unknown_status_is_refused_with_those_known(self, registration):
        answer = await registration.post("/v1/rosters", roster(status="astronaut"))
        assert answer.status_code == 422
        assert "dibao" in answer.json()["known_statuses"]


class TestWhoMaySendThem:
    async def test_another_department_than_the_notice_names_is_refused_with_its_name(self, registration):
        answer = await registration.post("/v1/rosters", roster(department="poverty_office"))
        assert (answer.status_code, answer.json()["recognized_by"]) == (403, "civil_affairs")

    async def test_an_officer_of_another_department_is_refused_whatever_the_roster_says(
        self, registration, signing_key
    ):
        scopes = ["registration:read", "registration:write"]
        token = signing_key.issue("officer", scopes, "*", department="poverty_office")
        http = await registration.client(token=token)
        assert (await http.post("/v1/rosters", json=roster())).status_code == 403

    async def test_a_departments_officer_whose_token_names_no_department_sends_none(
        self, registration, signing_key
    ):
        scopes = ["registration:read", "registration:write"]
        token = signing_key.issue("officer", scopes, "*", role="department_officer")
        http = await registration.client(token=token)
        upload = {"kind": "statuses", "county": "youxi", "coverage_year": "2020"}
        file = {"file": ("statuses.csv", b"\xe8\xaf\x81\xe4\xbb\xb6\xe5\x8f\xb7\xe7\xa0\x81\n")}

        refused = [
            await http.post("/v1/rosters", json=roster()),
            await http.post("/v1/imports", data=upload, files=file),
        ]

        assert [answer.status_code for answer in refused] == [403, 403]
        for answer in refused:
            assert answer.json()["type"] == "urn:canbao:problem:department-missing"
            assert "department" in answer.json()["detail"] and "部门代码" in answer.json()["detail_zh"]

    async def test_an_officer_sends_those_of_the_own_department(self, registration, signing_key):
        scopes = ["registration:read", "registration:write"]
        token = signing_key.issue(
            "officer", scopes, "*", role="department_officer", department="civil_affairs"
        )
        http = await registration.client(token=token)
        at = {"canbao-clock": roster()["listed_on"] + "T10:00:00+08:00"}

        assert (await http.post("/v1/rosters", json=roster(), headers=at)).status_code == 200

    async def test_a_day_before_the_day_of_typing_is_for_the_bureau_only(self, registration):
        http = await registration.client(scopes=["registration:read", "registration:write"])
        at = {"canbao-clock": "2019-09-25T10:00:00+08:00"}
        assert (await http.post("/v1/rosters", json=roster(), headers=at)).status_code == 403
        today = roster(listed_on="2019-09-25")
        assert (await http.post("/v1/rosters", json=today, headers=at)).status_code == 200


class TestADayBeforeThatOfTypingAfterTheWindow:
    """Youxi's main window ends with 31 December 2019."""

    AFTER = "2020-01-03T10:00:00+08:00"

    async def agreed(self, registration, answer, at="2020-01-04T10:00:00+08:00", **token):
        second = await registration.client(**{"subject": "second", **token})
        second.headers["canbao-clock"] = at
        path = f"/v1/approvals/{answer.json()['approval']['approval_id']}/approve"
        return await second.post(path, json={})

    async def test_waits_for_a_second_person_and_counts_then_as_of_that_day(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.assess()
        late = roster(row(head, name="张三"), receipt="收文 2019-318")
        answer = await registration.post("/v1/rosters", late, self.AFTER)
        assert (answer.status_code, answer.json()["rejected"]) == (202, [])
        payload = answer.json()["approval"]["payload"]
        assert (payload["receipt"], payload["listed_on"], payload["rows"]) == (
            "收文 2019-318",
            "2019-09-20",
            1,
        )
        assert head not in answer.text
        assert await registration.value("SELECT count(*) FROM status_statements") == 0

        assert (await self.agreed(registration, answer, subject="test")).status_code == 403
        assert (await self.agreed(registration, answer, division="350426101")).status_code == 403
        assert (await self.agreed(registration, answer)).status_code == 200
        decided = await registration.rows(
            "SELECT subject, operation, purpose FROM person_lookups "
            "WHERE operation LIKE '%approval' ORDER BY id"
        )
        subject = answer.json()["approval"]["subject"]
        assert [tuple(one) for one in decided] == [
            ("second", "approve_approval", f"backdated_roster of {subject}")
        ]
        await registration.assess()
        shown = await registration.enrollment(head)
        assert shown["assessments"][0]["answer"]["outcome"] == "exempt"
        known = await registration.rows("SELECT listed_on::text, known_at::text FROM status_statements")
        assert [tuple(one) for one in known] == [("2019-09-20", "2020-01-04 02:00:00+00")]

    async def test_needs_the_receipt_and_can_be_refused(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        without = await registration.post("/v1/rosters", roster(row(head)), self.AFTER)
        assert (without.status_code, without.json()["type"].rsplit(":", 1)[-1]) == (422, "receipt-missing")
        answer = await registration.post("/v1/rosters", roster(row(head), receipt="收文 1"), self.AFTER)
        second = await registration.client(subject="second")
        path = f"/v1/approvals/{answer.json()['approval']['approval_id']}/reject"
        assert (await second.post(path, json={"note": "无收文记录"})).status_code == 200
        assert await registration.value("SELECT count(*) FROM status_statements") == 0

    async def test_tells_at_once_which_rows_would_not_be_taken(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        rows = (row(head, name="王五"), row("123"), row(number()))
        answer = (await registration.post("/v1/rosters", roster(*rows, receipt="收文 1"), self.AFTER)).json()
        assert [one["index"] for one in answer["rejected"]] == [0, 1]
        assert answer["approval"]["payload"]["rows"] == 1

    async def test_is_refused_in_a_file_with_the_way_to_go(self, registration):
        header = ["证件号码", "姓名", "身份", "认定部门", "认定日期", "名册日期"]
        said = ["disabled", "disabled_federation", "2018-01-01"]
        lines = [[number(), "张三", *said, day] for day in ("2019-08-20", "2020-01-03")]
        import_id = await upload(
            registration, csv_of([header, *lines]), kind="statuses", at="2020-01-03T10:00:00+08:00"
        )
        await registration.run_imports()
        shown = await progress(registration, import_id)
        assert (shown["state"], shown["new"], shown["rejected"]) == ("done", 1, 1)
        (fault,) = await faults(registration, import_id)
        assert fault.endswith(",second-person-after-window")


class TestTimeTravel:
    async def test_an_answer_as_of_an_instant_knows_what_was_known_then(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.post("/v1/rosters", roster(row(head)), "2019-09-20T09:00:00+08:00")
        await registration.assess()
        before = await registration.enrollment(head, as_of="2019-09-20T08:59:59+08:00")
        after = await registration.enrollment(head, as_of="2019-09-20T09:00:00+08:00")
        assert before["as_of"]["answer"]["outcome"] == "payable"
        assert after["as_of"]["answer"]["outcome"] == "exempt"

    async def test_facts_and_names_are_those_known_then(self, registration):
        head = number()
        await registration.register(household("H1", member("张三", head)))
        person_id = await registration.person_id(head)
        http = await registration.at("2019-11-01T10:00:00+08:00")
        await http.patch(f"/v1/persons/{person_id}", json={"employee_insurance": {"state": "active"}})
        before = await registration.enrollment(head, as_of="2019-10-31T10:00:00+08:00")
        after = await registration.enrollment(head, as_of="2019-11-01T10:00:00+08:00")
        assert before["as_of"]["answer"]["outcome"] == "payable"
        assert after["as_of"]["answer"]["reason_codes"] == ["employee_insured"]

    async def test_a_stored_question_and_notice_give_the_stored_answer_again(self, registration):
        from libs.common.policy import assess, load_notice_bytes, parse_question

        head = number()
        await registration.register(household("H1", member("张三", head)))
        await registration.post("/v1/rosters", roster(row(head)), "2019-09-20T09:00:00+08:00")
        await registration.assess()
        for kept in (await registration.enrollment(head))["assessments"]:
            raw = await registration.value(
                "SELECT body FROM notice_versions WHERE sha = :sha", sha=kept["notice_sha256"]
            )
            again = assess(load_notice_bytes(raw, "kept.yaml"), parse_question(kept["question"])).as_dict()
            assert again.pop("trace") == kept["trace"]
            again.pop("case")
            assert again == kept["answer"]


class TestAfterPayment:
    async def test_huining_pays_the_fixed_amount_to_the_card(self, registration):
        await late(registration, "huining", 2021, 28_000, "registered_poor", "2018-01-01")
        (event,) = await registration.events("reassessed")
        assert event["after_payment"] is True
        (subsidy,) = event["late_subsidies"]
        assert (subsidy["amount_fen"], subsidy["mechanism"]) == (20_000, "reimburse_to_card")
        report = (
            await registration.get("/v1/reports/late-entitlements", county="huining", coverage_year=2021)
        ).json()
        (line,) = report["items"]
        assert (line["late_fen"], line["paid_fen"]) == (20_000, 28_000)
        assert [status["code"] for status in line["statuses"]] == ["registered_poor"]

    async def test_dongan_pays_nothing_and_the_report_says_so(self, registration):
        await late(registration, "dongan", 2020, 25_000, "dibao", "2019-11-10")
        (event,) = await registration.events("reassessed")
        assert event["late_subsidies"] == []
        report = (
            await registration.get("/v1/reports/late-entitlements", county="dongan", coverage_year=2020)
        ).json()
        rule = registration.context.notices[("dongan", 2020)].document.subsidies.after_payment
        assert (report["rule"], report["clause"]) == (rule.rule, rule.clause)
        assert [line["late_fen"] for line in report["items"]] == [0]

    async def test_what_was_decided_at_payment_is_not_granted_again(self, registration):
        """A second status of the same worth brings nothing on top of the first."""
        await late(registration, "huining", 2021, 28_000, "registered_poor", "2018-01-01", in_time=True)
        (known,) = await registration.opened("SELECT number FROM documents", documents.c.number)
        listed = row(known, "2018-01-01", **{"class": "rural-2"})
        more = roster(listed, county="huining", coverage_year=2021, status="dibao", listed_on="2020-11-25")
        answer = await registration.post("/v1/rosters", more, "2020-11-25T09:00:00+08:00")
        assert answer.json()["added"] == 1
        await registration.assess()
        newest = (await registration.events("reassessed"))[-1]
        assert (newest["after_payment"], newest["late_subsidies"]) == (True, [])


async def late(registration, county, year, fen, status, effective_on, in_time=False):
    """Somebody registers in October, pays on 1 November, and is listed on 20 November (or in time)."""
    head, before = number(), year - 1
    rows = household("H1", member("张三", head), county=county, year=year)
    rows["division_code"] = registration.context.notices[(county, year)].division + "101201"
    assert (await registration.register(rows, at=f"{before}-10-01T10:00:00+08:00"))["rejected"] == []
    await registration.assess()
    enrollment = (await registration.enrollment(head, year=year))["enrollment"]
    payment = paid(enrollment, f"{before}-11-01T10:00:00+08:00", fen)
    day = f"{before}-10-20" if in_time else f"{before}-11-20"
    listed = roster(
        row(head, effective_on), county=county, coverage_year=year, status=status, listed_on=day,
        department=registration.context.notices[(county, year)].statuses[status].department,
    )  # fmt: skip
    if not in_time:
        await registration.handle(handlers.COLLECTION, payment)
        await registration.assess()
    answer = await registration.post("/v1/rosters", listed, f"{day}T09:00:00+08:00")
    assert answer.json()["added"] == 1
    await registration.assess()
    if in_time:
        await registration.handle(handlers.COLLECTION, payment)
        await registration.assess()
