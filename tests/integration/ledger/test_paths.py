"""The way of the money: what the notice does not know is refused, or kept with a case."""

import asyncio

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.testing.ledger_facts import on, paid, suspended
from tests.integration.ledger.test_api import BOOKS, move

SETTLED = {
    "kind": "channel_settlement",
    "channel": "tax",
    "amount_fen": 25000,
    "business_at": "2019-12-02T16:30:00+08:00",
    "reference": "HK-1",
}
PASSED = {"moved_because": "市财政来函提前上解，凭证沪财字第9号"}


async def path(desk, at="2019-12-12T09:00:00+08:00"):
    answer = await desk.http.get("/v1/money-path", params=BOOKS, headers={CLOCK_HEADER: at})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def cases(desk, state="open"):
    return (await desk.http.get("/v1/cases", params={"state": state})).json()["items"]


@pytest.fixture
async def of_department(desk, client, signing_key):
    """A caller of one department."""
    scopes = ["ledger:read", "ledger:write", "ledger:close"]

    async def of(department, subject="somebody"):
        token = signing_key.issue(subject, scopes, "*", department=department)
        return await client(desk.context, app=desk.app, token=token)

    return of


class TestAMovement:
    async def test_of_another_department_is_refused_with_whose_it_is(self, desk, of_department):
        await desk.send(paid(1))
        finance = await of_department("finance")

        answer = await finance.post("/v1/movements", json={**BOOKS, **SETTLED})

        assert (answer.status_code, answer.json()["departments"]) == (403, ["tax"])
        assert await desk.balances() == {"residents": -25000, "clearing:tax": 25000}

    async def test_says_by_which_clause_it_is_a_step(self, desk):
        await desk.send(paid(1))
        assert (await move(desk)).json()["clause"] == "六(一)"

    async def test_to_a_payee_whom_the_notice_does_not_name_is_refused(self, desk):
        await desk.send(paid(1, add_on_fen=3000))
        answer = await move(desk, kind="add_on_handover", payee="somebody", amount_fen=3000)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:canbao:problem:movement-off-path")

    async def test_that_has_happened_all_the_same_is_kept_and_two_others_accept_it(
        self, desk, of_department, client
    ):
        await desk.send(paid(1))
        finance = await of_department("finance")
        body = {**BOOKS, **SETTLED, "moved_because": "由财政代为划转，经办人身份证350426199001011234"}

        kept, again = [await finance.post("/v1/movements", json=body) for _ in range(2)]

        assert (kept.status_code, kept.json()["off_path"]) == (201, "other_department")
        assert again.json() == kept.json()
        assert (await desk.balances())["pending_remittance"] == 25000
        (case,) = await cases(desk)
        assert (case["amount_fen"], case["evidence"]["departments"]) == (25000, ["tax"])
        assert "199001011234" not in str(await desk.rows("SELECT evidence::text FROM cases"))
        assert "代为划转" not in str(await desk.rows("SELECT request, off_path FROM movements"))
        for division, count in (("350426", 1), ("620422", 0)):
            officer = await client(desk.context, app=desk.app, division=division)
            assert len((await officer.get("/v1/cases")).json()["items"]) == count

        one, two = await of_department("finance", "zhao"), await of_department("finance", "qian")
        decided = await one.post(
            f"/v1/cases/{case['case_id']}/decision", json={"step": "accept", "reason": "已核对凭证"}
        )
        approve = f"/v1/approvals/{decided.json()['approval']['approval_id']}/approve"
        assert (await one.post(approve, json={})).status_code == 403
        assert (await two.post(approve, json={})).status_code == 200
        assert [one["state"] for one in await cases(desk, "decided")] == ["decided"]

    async def test_that_is_reversed_takes_its_case_along(self, desk, of_department):
        await desk.send(paid(1))
        finance = await of_department("finance")
        kept = await finance.post("/v1/movements", json={**BOOKS, **SETTLED, **PASSED})
        address = f"/v1/movements/{kept.json()['movement_id']}/reversal"

        back = await desk.http.post(
            address, json={"business_at": "2019-12-03T09:00:00+08:00", "reference": "HK-1-R"}
        )

        assert (back.status_code, await cases(desk)) == (201, [])
        assert [one["reason"] for one in await cases(desk, "closed")] == ["reversed"]

    async def test_by_two_at_once_has_one_case(self, desk, of_department):
        await desk.send(paid(1))
        finance = [await of_department("finance", name) for name in ("zhao", "qian")]

        answers = await asyncio.gather(
            *(one.post("/v1/movements", json={**BOOKS, **SETTLED, **PASSED}) for one in finance)
        )

        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert len(await cases(desk)) == 1


class TestWhatWaits:
    async def test_is_shown_at_each_step_with_its_age_and_whose_it_is(self, desk):
        await desk.send(paid(1, on("2019-12-01")), paid(2, on("2019-12-05")), suspended(70))
        await move(desk, amount_fen=30000, business_at="2019-12-06T10:00:00+08:00")
        first, second, third = (await path(desk))["steps"]

        assert (first["department_label_zh"], first["to_label_zh"]) == ("县税务局", "中国人民银行国库")
        assert first["waiting_fen"] == sum(one["balance_fen"] for one in first["accounts"]) == 75000
        lies = {one["account"]: (one["balance_fen"], one["oldest_on"]) for one in first["accounts"]}
        assert lies["pending_remittance"] == (30000, "2019-12-06")
        assert first["age_days"] == 12 - int(first["oldest_on"][-2:])
        assert (second["waiting_fen"], second["oldest_on"], third["kinds"]) == (
            0,
            None,
            ["upward_remittance"],
        )

    async def test_is_as_old_as_it_was_after_a_wrong_movement_was_taken_back(self, desk):
        await desk.send(paid(1, on("2019-12-01")))
        wrong = (await move(desk, business_at="2019-12-03T09:00:00+08:00")).json()
        await desk.http.post(
            f"/v1/movements/{wrong['movement_id']}/reversal",
            json={"business_at": "2019-12-08T09:00:00+08:00", "reference": "HK-1-R"},
        )

        assert (await path(desk))["steps"][0]["oldest_on"] == "2019-12-01"

    async def test_is_no_younger_for_having_been_set_aside_and_applied(self, desk):
        await desk.send(suspended(70, on("2019-12-01")))
        before = (await path(desk))["steps"][0]
        await desk.send(paid(1, payment_id=70, from_suspense=True, at=on("2019-12-09")))
        after = (await path(desk))["steps"][0]
        assert (before["waiting_fen"], before["oldest_on"]) == (after["waiting_fen"], after["oldest_on"])
