"""What operators supply and what happens in life changes what is owed."""

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.policy import Notices, load_notice_bytes
from tests.integration.registration.builders import household, member, number

EMPLOYED = {"employee_insurance": {"state": "active"}}


async def dongan(registration, **facts):
    head = number()
    division = registration.context.notices[("dongan", 2020)].division
    row = household("H1", member("张三", head, **facts), county="dongan") | {
        "division_code": division + "101201"
    }
    assert (await registration.register(row, at="2020-05-01T10:00:00+08:00"))["rejected"] == []
    await registration.assess()
    return head


async def supplied(registration, at, **values):
    """Ask for values of Dong'an; give the approval that they wait for."""
    http = await registration.at(at)
    answer = await http.put("/v1/notices/dongan/2020/parameters", json=values)
    assert answer.status_code == 202, answer.text
    return answer.json()["approval"]


async def agreed(registration, approval, at, *, by="second", scopes=("notices:write", "registration:read")):
    """Have somebody agree."""
    http = await registration.client(scopes=scopes, subject=by)
    path = f"/v1/approvals/{approval['approval_id']}/approve"
    return await http.post(path, json={}, headers={CLOCK_HEADER: at})


@pytest.fixture
def extensible(registration):
    """Huining's notice, with a window that is open when somebody decides so."""
    notices = registration.context.notices
    text = notices[("huining", 2021)].source_text.decode()
    extended = (
        "  - {id: extended, kind: makeup, clause: 三, label: {zh: 延长期, en: extension}, "
        "from: 2020-12-11, to: 2020-12-31, when: {parameter: window_extended}}"
    )
    text = text.replace("windows:\n", f"windows:\n{extended}\n", 1)
    text = text.replace("windows: [main]", "windows: [main, extended]")
    changed = load_notice_bytes(text.encode(), "huining/2021.yaml")
    registration.context.notices = Notices([*(n for n in notices.values() if n.county != "huining"), changed])
    yield
    registration.context.notices = notices


class TestParameters:
    async def test_blocked_until_the_fiscal_match_is_supplied(self, registration):
        head = await dongan(registration, employee_insurance={"state": "ended", "ended_on": "2020-04-20"})
        blocked = (await registration.enrollment(head))["assessments"][0]["answer"]
        assert (blocked["outcome"], blocked["reason_codes"]) == ("blocked", ["fiscal_match_unknown"])
        approval = await supplied(registration, "2020-05-08T10:00:00+08:00", fiscal_match_fen=52_000)
        await registration.assess()
        assert (await registration.enrollment(head))["assessments"][0]["answer"]["outcome"] == "blocked"
        assert (await agreed(registration, approval, "2020-05-10T10:00:00+08:00")).status_code == 200
        await registration.assess()
        shown = await registration.enrollment(head, as_of="2020-05-09T10:00:00+08:00")
        assert shown["assessments"][0]["answer"]["own_due_fen"] == 77_000
        assert shown["as_of"]["answer"]["outcome"] == "blocked"
        (event,) = await registration.events("reassessed")
        assert event["cause"] == "parameters_supplied"

    async def test_a_misspelled_name_is_refused(self, registration):
        answer = await registration.http.put(
            "/v1/notices/dongan/2020/parameters", json={"fiscal_mach_fen": 1}
        )
        assert answer.status_code == 422
        assert "fiscal_match_fen" in answer.json()["known_parameters"]

    @pytest.mark.parametrize(
        ("season", "values", "says"),
        [
            (
                "youxi/2020",
                {"fiscal_match_fen": 51_999},
                "must be 52000 to 520000 fen (520 to",
            ),  # not below what the notice names
            ("youxi/2020", {"fiscal_match_fen": 0}, "三(二)"),
            ("youxi/2020", {"fiscal_match_fen": 5_200_000}, "520000 fen"),  # multiplied by 100 twice
            ("dongan/2020", {"fiscal_match_fen": 0}, "四"),
            ("dongan/2020", {"disabled_subsidy_fen": 10_000, "safety_net_subsidy_fen": 10**9}, "六"),
        ],
    )
    async def test_a_value_outside_the_bounds_of_the_notice_is_refused(
        self, registration, season, values, says
    ):
        path = f"/v1/notices/{season}/parameters"
        answer = await registration.http.put(path, json=values)

        assert (answer.status_code, answer.json()["type"]) == (
            422,
            "urn:canbao:problem:parameter-out-of-bounds",
        )
        (error,) = answer.json()["errors"]
        assert says in error["detail"] and "分" in error["detail_zh"]
        county, year = season.split("/")
        assert (await registration.get(f"/v1/notices/{county}/{year}")).json()["parameters"] == []

    @pytest.mark.parametrize("value", [-1, 2**63 - 1, 2**70, 1.5, "52000", None, True])
    async def test_what_is_no_amount_is_refused(self, registration, value):
        path = "/v1/notices/youxi/2020/parameters"

        assert (await registration.http.put(path, json={"fiscal_match_fen": value})).status_code == 422

    async def test_a_window_is_extended_when_a_second_person_agrees(self, registration, extensible):
        """The rate was missed: the leading group lets people pay until the end of the year."""
        head = number()
        row = household("H1", member("张三", head), county="huining", year=2021)
        row |= {"division_code": "620422101201"}
        registered = await registration.register(row, at="2020-12-01T10:00:00+08:00")
        assert registered["rejected"] == []
        await registration.assess()
        after = "2020-12-20T10:00:00+08:00"
        http = await registration.at("2020-12-09T10:00:00+08:00")
        path = "/v1/notices/huining/2021/parameters"
        assert (await http.put(path, json={"window_extended": 2})).status_code == 422
        approval = (await http.put(path, json={"window_extended": 1})).json()["approval"]
        assert approval["reason"] == "window_extended: 是"
        closed = (await registration.enrollment(head, year=2021, as_of=after))["as_of"]["answer"]

        assert (await agreed(registration, approval, "2020-12-10T10:00:00+08:00")).status_code == 200
        await registration.assess()

        assert closed["reason_codes"] == ["window_closed"]
        open_ = (await registration.enrollment(head, year=2021, as_of=after))["as_of"]["answer"]
        assert (open_["outcome"], open_["window"]) == ("payable", "makeup")

    async def test_supplying_one_needs_a_scope_of_its_own(self, registration):
        http = await registration.client(scopes=["registration:read", "registration:write"])
        answer = await http.put("/v1/notices/youxi/2020/parameters", json={"fiscal_match_fen": 55_000})

        assert (answer.status_code, answer.json()["required_scope"]) == (403, "notices:write")

    async def test_a_township_may_not_supply_values_of_the_county(self, registration):
        division = registration.context.notices[("dongan", 2020)].division + "101"
        http = await registration.client(division=division)
        answer = await http.put("/v1/notices/dongan/2020/parameters", json={"fiscal_match_fen": 52_000})
        assert answer.status_code == 403

    async def test_the_notice_is_shown_with_what_was_supplied(self, registration):
        at = "2020-05-10T10:00:00+08:00"
        await agreed(registration, await supplied(registration, at, fiscal_match_fen=52_000), at)
        shown = (await registration.get("/v1/notices/dongan/2020")).json()
        assert [(p["name"], p["value"]) for p in shown["parameters"]] == [("fiscal_match_fen", 52_000)]
        assert ("dongan", 2020) in {
            (n["county"], n["coverage_year"]) for n in (await registration.get("/v1/notices")).json()["items"]
        }

    async def test_count_for_nobody_until_another_officer_of_the_county_agrees(self, registration):
        at = "2020-05-10T10:00:00+08:00"
        approval = await supplied(registration, at, fiscal_match_fen=52_000)
        assert (approval["operation"], approval["payload"]) == ("parameters", {"fiscal_match_fen": 52_000})
        again = await registration.http.put(
            "/v1/notices/dongan/2020/parameters", json={"fiscal_match_fen": 53_000}
        )
        assert again.status_code == 409

        same = await agreed(registration, approval, at, by=approval["asked_by"])
        other_scope = await agreed(registration, approval, at, scopes=("registration:read",))
        assert (same.status_code, other_scope.json()["required_scope"]) == (403, "notices:write")
        assert (await registration.get("/v1/notices/dongan/2020")).json()["parameters"] == []

        assert (await agreed(registration, approval, at)).json()["state"] == "approved"
        (value,) = (await registration.get("/v1/notices/dongan/2020")).json()["parameters"]
        assert (value["value"], value["set_by"]) == (52_000, approval["asked_by"])

    async def test_of_no_name_at_all_are_refused(self, registration):
        assert (await registration.http.put("/v1/notices/dongan/2020/parameters", json={})).status_code == 422


class TestLifeEvents:
    async def test_the_end_of_employee_insurance_opens_the_special_window(self, registration):
        head = await dongan(registration, **EMPLOYED)
        before = (await registration.enrollment(head))["assessments"][0]["answer"]
        assert before["outcome"] == "rejected"
        event = {"id_number": head, "kind": "employee_insurance_ended", "on": "2020-04-20"}
        answer = await registration.post(
            "/v1/life-events", {"rows": [event, event]}, "2020-05-02T10:00:00+08:00"
        )
        assert answer.json() == {"accepted": 2, "unchanged": 1, "rejected": []}
        await registration.assess()
        after = (await registration.enrollment(head))["assessments"][0]
        assert after["question"]["event"] == {"kind": "employee_insurance_ended", "on": "2020-04-20"}
        assert after["answer"]["outcome"] == "blocked"

    async def test_sent_again_beside_a_new_one_do_not_undo_what_happened_since(self, registration):
        head = await dongan(registration, **EMPLOYED)

        async def report(at, *kinds):
            rows = [{"id_number": head, "kind": kind, "on": on} for kind, on in kinds]
            return (await registration.post("/v1/life-events", {"rows": rows}, at)).json()

        ended = ("employee_insurance_ended", "2020-04-20")
        await report("2020-05-02T10:00:00+08:00", ended)
        await report("2020-06-02T10:00:00+08:00", ("employee_insurance_began", "2020-06-01"))
        answer = await report("2020-06-03T10:00:00+08:00", ended, ("hukou_moved_in", "2020-06-02"))

        assert answer == {"accepted": 2, "unchanged": 1, "rejected": []}
        ((facts,),) = await registration.rows(
            f"SELECT facts FROM persons WHERE id = {await registration.person_id(head)}"
        )
        assert (facts["employee_insurance"], facts["hukou"]) == ({"state": "active"}, "county")

    async def test_of_somebody_who_lives_elsewhere_are_not_taken(self, registration):
        head = await dongan(registration, **EMPLOYED)
        http = await registration.client(division="350426101")
        event = {"id_number": head, "kind": "employee_insurance_ended", "on": "2020-04-20"}
        (rejected,) = (await http.post("/v1/life-events", json={"rows": [event]})).json()["rejected"]
        assert rejected["problem"]["type"] == "urn:canbao:problem:lives-in-another-division"
        refused = "SELECT person_id FROM person_lookups WHERE operation = 'report_life_events_refused'"
        assert await registration.rows(refused) == [(await registration.person_id(head),)]

    async def test_rows_that_cannot_be_taken_are_named(self, registration):
        rows = [
            {"id_number": number(), "kind": "discharged", "on": "2020-01-01"},
            {"id_number": number(), "kind": "won_lottery", "on": "2020-01-01"},
            {"id_number": "1", "kind": "discharged"},
        ]
        answer = (await registration.post("/v1/life-events", {"rows": rows})).json()
        assert [item["problem"]["type"].rsplit(":", 1)[-1] for item in answer["rejected"]] == [
            "person-unknown",
            "life-event-unknown",
            "row-invalid",
        ]
