"""The fiscal match: of whom, borne by whom, posted by its difference, compared with what has come."""

from typing import Any

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.ledger_facts import granted, merged, on, paid, refunded, revoked, withdrawn
from tests.integration.ledger.test_api import BOOKS, move

SHARES = [
    {"level": "centre", "percent": "60"},
    {"level": "province", "percent": "20"},
    {"level": "city", "percent": "6.67"},
    {"level": "county", "percent": "13.33"},
]
TERMS = {
    **BOOKS,
    "per_head_fen": 52000,
    "fixed_on": "2019-12-20",
    "document_no": "闽财社指〔2019〕88号",
    "shares": SHARES,
}
MAIN, FIRST_HALF, SECOND_HALF = "2020-01-04T09:00:00", "2020-07-08T09:00:00", "2021-04-05T09:00:00"
MONTHS = [f"monthly-2020-{month:02d}" for month in range(1, 7)]
LATER_MONTHS = [
    f"monthly-{month}" for month in ("2020-07", "2020-08", "2020-09", "2020-10", "2020-11", "2020-12")
]


@pytest.fixture
async def office(desk, client, signing_key):
    """Two people of finance at the desk of the ledger."""
    scopes = ["ledger:read", "ledger:write", "ledger:close"]

    async def of(subject):
        token = signing_key.issue(subject, scopes, "*", department="finance")
        return await client(desk.context, app=desk.app, token=token)

    return Office(desk, await of("one"), await of("two"))


class Office:
    def __init__(self, desk: Any, one: Any, two: Any) -> None:
        self.desk, self.one, self.two = desk, one, two

    async def agree_on(self, **changes: Any) -> None:
        asked = await self.one.post("/v1/fiscal-match/terms", json={**TERMS, **changes})
        assert asked.status_code == 202, asked.text
        agree = f"/v1/approvals/{asked.json()['approval_id']}/approve"
        assert (await self.one.post(agree, json={})).status_code == 403
        assert (await self.two.post(agree, json={})).status_code == 200

    async def state(self) -> dict[str, Any]:
        answer = await self.one.get("/v1/fiscal-match", params=BOOKS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def levels(self) -> dict[str, tuple[int, int]]:
        return {row["level"]: (row["owed_fen"], row["arrived_fen"]) for row in (await self.state())["levels"]}

    async def last(self) -> dict[str, Any]:
        answer = await self.one.get("/v1/fiscal-match/matches", params=BOOKS)
        [*_, newest] = answer.json()["items"]
        answer = await self.one.get(f"/v1/fiscal-match/matches/{newest['match_id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def arrive(self, level="centre", fen=31200, reference="ZY-1", **changes: Any) -> Any:
        one = {
            "payer": level,
            "reference": reference,
            "amount_fen": fen,
            "arrived_at": "2020-01-08T10:00:00+08:00",
        }
        return await self.one.post(
            "/v1/fiscal-match/arrivals",
            json={**BOOKS, "arrivals": [one | changes]},
            headers={CLOCK_HEADER: "2020-01-09T09:00:00+08:00"},
        )

    async def anew(self, at: str) -> Any:
        return await self.one.post(
            "/v1/fiscal-match/matches", json=BOOKS, headers={CLOCK_HEADER: f"{at}+08:00"}
        )

    async def close_first_half(self) -> dict[str, Any]:
        for month in MONTHS:
            await self.desk.closed(month, "2020-07-08T09:00:00")
        return await self.desk.closed("first-half", FIRST_HALF)

    async def close_second_half(self) -> dict[str, Any]:
        for month in [*LATER_MONTHS, "monthly-2021-01", "monthly-2021-02", "monthly-2021-03"]:
            await self.desk.closed(month, SECOND_HALF)
        return await self.desk.closed("second-half", SECOND_HALF)


class TestTheMatchOfADeadline:
    async def test_is_520_yuan_for_each_who_paid_and_each_exempt(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1), paid(2), granted(3, completes_enrollment=True))

        sealed = await desk.closed("main", MAIN)

        assert sealed["totals"]["fiscal_match"] == [
            {"level": "centre", "owed_fen": 93600, "arrived_fen": 0},
            {"level": "city", "owed_fen": 10405, "arrived_fen": 0},
            {"level": "county", "owed_fen": 20795, "arrived_fen": 0},
            {"level": "province", "owed_fen": 31200, "arrived_fen": 0},
        ]
        assert sealed["totals"]["total"] == {"head_count": 3, "amount_fen": 75000}
        balances = await desk.balances()
        assert balances["match_due:centre"] == 93600
        assert balances["match:centre"] == -93600
        assert (await desk.recomputed("main"))["identical"]

    async def test_is_explained_by_township(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1), paid(16), paid(2))
        await desk.closed("main", MAIN)

        found = await office.last()

        assert [(line["township"], line["formula"]) for line in found["document"]["lines"]] == [
            ("350426102", "2 × 520.00 = 1,040.00"),
            ("350426103", "1 × 520.00 = 520.00"),
        ]
        assert sum(line["amount_fen"] for line in found["document"]["lines"]) == 156000
        assert sum(level["amount_fen"] for level in found["document"]["levels"]) == 156000
        assert found["identical"]

    async def test_is_not_guessed_while_the_shares_are_unknown(self, desk, office):
        await desk.send(paid(1))

        sealed = await desk.closed("main", MAIN)

        assert "fiscal_match" not in sealed["document"]
        assert (await office.state())["blocked"] == "terms_unknown"
        refused = await office.anew("2020-01-05T09:00:00")
        assert (refused.status_code, refused.json()["why"]) == (409, "terms_unknown")

    async def test_of_months_that_are_no_business_of_finance_is_none(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1))
        await desk.closed("main", MAIN)
        await desk.send(paid(2, on("2020-01-10")))

        january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

        assert january["totals"]["fiscal_match"] == []
        assert (await office.levels())["centre"] == (31200, 0)


class TestWhoCounts:
    async def test_not_who_was_charged_770_but_the_exempt_after_july(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1))
        await desk.closed("main", MAIN)
        await office.close_first_half()
        late = on("2020-08-20")
        await desk.send(
            paid(2, late, own_fen=77000),
            granted(3, completes_enrollment=True, at=late),
            paid(4, late, own_fen=25000),
        )

        await office.close_second_half()

        document = (await office.last())["document"]
        assert (document["heads"], document["bearing_heads"], document["amount_fen"]) == (3, 1, 156000)
        assert (await office.levels())["centre"] == (93600, 0)

    async def test_not_who_was_paid_back_withdrawn_or_revoked(self, desk, office):
        await office.agree_on()
        exempt = granted(3, completes_enrollment=True)
        line = paid(2)
        await desk.send(paid(1), line, exempt, paid(4))
        await desk.closed("main", MAIN)
        await desk.send(
            refunded(line, 25000, at=on("2020-01-20"), withdraws=True),
            revoked(exempt, on("2020-02-10")),
            withdrawn(4, on("2020-03-01")),
        )

        half = await office.close_first_half()

        assert [row["owed_fen"] for row in half["totals"]["fiscal_match"] if row["level"] == "centre"] == [
            -93600
        ]
        assert (await office.levels())["centre"] == (31200, 0)
        assert (await desk.balances())["match_due:centre"] == 31200

    async def test_two_records_of_one_person_once(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1), paid(2), merged(1, 2))
        await desk.closed("main", MAIN)
        assert (await office.last())["document"]["heads"] == 1

    async def test_a_class_is_matched_whole_by_its_level(self, desk, office):
        await office.agree_on(classes=[{"status": "medical_assistance_1", "level": "province"}])
        gone = granted(4, status="medical_assistance_1", completes_enrollment=True)
        await desk.send(
            paid(1),
            granted(2, status="medical_assistance_1", completes_enrollment=True),
            granted(3, status="disabled", completes_enrollment=True),
            gone,
            revoked(gone, on("2019-12-10")),
        )
        await desk.closed("main", MAIN)

        found = (await office.last())["document"]

        assert {line["status"]: line["heads"] for line in found["lines"] if line["status"]} == {
            "medical_assistance_1": 1
        }
        assert (await office.levels())["province"] == (2 * 10400 + 52000, 0)


class TestANewAmount:
    async def test_matches_anew_and_posts_the_difference_alone(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1), paid(2))
        main = await desk.closed("main", MAIN)
        await office.agree_on(per_head_fen=55000, document_no="闽财社指〔2020〕31号", fixed_on="2020-05-20")

        half = await office.close_first_half()

        assert sum(row["owed_fen"] for row in half["totals"]["fiscal_match"]) == 2 * 3000
        assert sum(owed for owed, _ in (await office.levels()).values()) == 2 * 55000
        found = await desk.http.get("/v1/handovers/youxi/2020/main")
        assert found.json()["sha256"] == main["sha256"]
        assert (await desk.recomputed("main"))["identical"]
        assert (await office.last())["identical"]

    async def test_can_be_matched_at_once_and_stands_in_the_next_handover(self, desk, office):
        await desk.send(paid(1))
        await desk.closed("main", MAIN)
        await office.agree_on()

        first, again = await office.anew("2020-02-01T09:00:00"), await office.anew("2020-02-02T09:00:00")

        assert (first.status_code, first.json()["change_fen"]) == (201, 52000)
        assert again.json()["match_id"] == first.json()["match_id"]
        half = await office.close_first_half()
        assert sum(row["owed_fen"] for row in half["totals"]["fiscal_match"]) == 52000

    async def test_below_the_notice_is_refused_and_shares_are_a_whole(self, office):
        for wrong, member in (
            ({"per_head_fen": 51999}, "#/per_head_fen"),
            ({"shares": SHARES[:3]}, "#/shares"),
            ({"classes": [{"status": "nobody", "level": "city"}]}, "#/classes"),
        ):
            refused = await office.one.post("/v1/fiscal-match/terms", json={**TERMS, **wrong})
            assert refused.status_code == 422
            assert [one["pointer"] for one in refused.json()["errors"]] == [member]


class TestMoneyThatComes:
    async def test_is_compared_with_what_is_owed_by_level(self, desk, office):
        await office.agree_on()
        await desk.send(paid(1))
        await desk.closed("main", MAIN)

        assert (await office.arrive(fen=20000)).status_code == 201
        assert (await office.arrive(fen=20000)).json()["repeated"] == 1
        assert (await office.arrive(fen=20001)).status_code == 409

        assert (await office.levels())["centre"] == (31200, 20000)
        balances = await desk.balances()
        assert (balances["match_due:centre"], balances["special_fiscal_account"]) == (11200, 20000)

    async def test_goes_up_to_the_city_with_the_contributions(self, desk, office):
        await office.agree_on()
        await desk.send(granted(1, completes_enrollment=True))
        await desk.closed("main", MAIN)
        remit = {"kind": "upward_remittance", "reference": "SJ-1", "channel": None}
        assert (await move(desk, **remit, amount_fen=25001)).status_code == 409
        await office.arrive(fen=31200)

        gone = await move(desk, **remit, amount_fen=25000 + 31200, business_at="2020-01-09T10:00:00+08:00")

        assert gone.status_code == 201, gone.text
        assert (await desk.balances())["upward"] == 56200

    async def test_is_read_from_a_file_of_finance(self, desk, office):
        await office.agree_on()
        rows = ("级次,凭证号,金额（元）,到账时间", "中央财政,ZY-1,312.00,2020-01-08 10:00")
        table = "\n".join([*rows, "县级财政,XJ-1,69.32,2020-01-08 11:00"])
        answer = await office.one.post(
            "/v1/fiscal-match/arrivals/file",
            params=BOOKS,
            content=table.encode("gb18030"),
            headers={"content-type": "text/csv", CLOCK_HEADER: "2020-01-09T09:00:00+08:00"},
        )
        assert answer.status_code == 201, answer.text
        assert await office.levels() == {"centre": (0, 31200), "county": (0, 6932)}
        listed = await office.one.get("/v1/fiscal-match/arrivals", params=BOOKS)
        assert [row["reference"] for row in listed.json()["items"]] == ["ZY-1", "XJ-1"]

    async def test_that_was_entered_wrongly_is_taken_back_by_two_and_entered_rightly(self, desk, office):
        await office.agree_on()
        first = (await office.arrive(fen=20000)).json()["arrivals"][0]["arrival_id"]
        path, why = f"/v1/fiscal-match/arrivals/{first}/reversal", {"reason": "金额误录"}
        asked = await office.one.post(path, json=why)
        assert asked.status_code == 202, asked.text
        assert (await office.one.post(path, json=why)).status_code == 409
        assert (await office.levels())["centre"] == (0, 20000)

        approval = f"/v1/approvals/{asked.json()['approval_id']}/approve"
        assert (await office.one.post(approval, json={})).status_code == 403
        agreed = await office.two.post(approval, json={})
        assert agreed.status_code == 200, agreed.text

        assert (await office.levels())["centre"] == (0, 0)
        again = await office.arrive(fen=20000)
        assert (again.status_code, again.json()["type"]) == (409, "urn:canbao:problem:arrival-was-reversed")
        assert (await office.arrive(fen=2000)).json()["repeated"] == 0
        assert (await office.levels())["centre"] == (0, 2000)
        listed = (await office.one.get("/v1/fiscal-match/arrivals", params=BOOKS)).json()["items"]
        assert [(row["amount_fen"], row["reversed_at"] is None) for row in listed] == [
            (20000, False),
            (2000, True),
        ]
        refused = await office.one.post(path, json=why)
        assert refused.json()["type"] == "urn:canbao:problem:arrival-reversed"

    async def test_that_went_up_to_the_city_is_not_taken_back(self, desk, office):
        await office.agree_on()
        number = (await office.arrive(fen=31200)).json()["arrivals"][0]["arrival_id"]
        remit = {"kind": "upward_remittance", "reference": "SJ-1", "channel": None, "amount_fen": 31200}
        gone = await move(desk, **remit, business_at="2020-01-09T10:00:00+08:00")
        assert gone.status_code == 201, gone.text

        refused = await office.one.post(
            f"/v1/fiscal-match/arrivals/{number}/reversal", json={"reason": "误录"}
        )

        assert (refused.status_code, refused.json()["type"]) == (409, "urn:canbao:problem:more-than-there-is")
        assert (refused.json()["balance_fen"], refused.json()["wanted_fen"]) == (0, 31200)

    async def test_of_a_level_that_there_is_not_is_refused(self, office):
        answer = await office.arrive(level="village")
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:canbao:problem:match-level-unknown")


async def test_nothing_of_it_can_be_changed(desk, office):
    await office.agree_on()
    await desk.send(paid(1))
    await desk.closed("main", MAIN)
    for table in ("match_terms", "fiscal_matches", "match_arrivals", "match_arrival_reversals"):
        with pytest.raises(Exception, match="only ever grows"):
            await desk.run(f"DELETE FROM {table}")


async def test_a_notice_that_asks_for_none_has_none(desk, office):
    answer = await office.one.get("/v1/fiscal-match", params={"county": "songming", "coverage_year": 2018})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:canbao:problem:match-not-asked")
