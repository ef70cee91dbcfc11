"""Nothing leaves for the bank that only one person has seen, and nothing to the account of somebody else."""

from tests.integration.subsidy.conftest import aid
from tests.integration.subsidy.facts import cases, contested, decide, reimbursed, states, withdrawn

ORDER = {"county": "huining", "coverage_year": 2021}


async def made(season):
    """A batch to which nobody agreed yet, and the path of its approval."""
    await reimbursed(season)
    await season.verified()
    batch = await season.ask("POST", "/v1/payout-batches", json=ORDER, expect=201)
    return batch, f"/v1/approvals/{batch['approval_id']}"


class TestABatch:
    async def test_waits_for_another_person_before_its_file_leaves(self, season):
        batch, approval = await made(season)
        file = f"/v1/payout-batches/{batch['batch_id']}/file"

        waits = await season.ask("GET", file, expect=409)
        assert waits["approval_id"] == batch["approval_id"]
        await season.ask("POST", f"{approval}/approve", json={}, expect=403)
        await season.ask("POST", f"{approval}/approve", json={}, http=season.approver)
        assert "P0000000001-01" in (await season.ask("GET", file)).text

    async def test_is_found_by_officers_of_its_county_alone(self, season, signing_key):
        county = await season.client(token=signing_key.issue("clerk", ["subsidy:write"], "620422"))
        await reimbursed(season)
        await season.verified()
        await season.ask("POST", "/v1/payout-batches", json=ORDER, expect=201, http=county)

        found = {}
        for division in ("620422", "350426"):
            desk = await season.client(token=signing_key.issue("officer", ["subsidy:read"], division))
            found[division] = (await season.ask("GET", "/v1/approvals", http=desk))["items"]

        assert [one["operation"] for one in found["620422"]] == ["payout_batch"] and not found["350426"]

    async def test_takes_no_answer_of_a_bank_that_cannot_have_its_file(self, season):
        batch, _ = await made(season)
        answer = ("P0000000001-01", "paid", 20_000, "")

        refused = await season.results(batch["batch_id"], answer, expect=409)
        assert refused["type"].endswith(":payout-batch-not-approved")
        assert await states(season) == ["sent"]

    async def test_that_is_refused_leaves_its_payouts_for_the_next_one(self, season):
        batch, approval = await made(season)
        await season.ask("POST", f"{approval}/reject", json={"note": "金额有误"}, http=season.approver)

        assert await states(season) == ["ready"]
        await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}/file", expect=409)
        seen = await season.ask("GET", f"/v1/payout-batches/{batch['batch_id']}")
        assert (seen["decided_by"], seen["approved_at"]) == ("approver", None)
        second = await season.batch(days=7)
        exported = await season.ask("GET", f"/v1/payout-batches/{second['batch_id']}/file")
        assert "P0000000001-02" in exported.text

    async def test_that_is_refused_takes_back_what_was_withdrawn_meanwhile(self, season):
        _, approval = await made(season)
        await season.send(contested(1, 5.2), withdrawn(1, 5.5))
        assert [case["kind"] for case in (await season.ask("GET", "/v1/cases"))["items"]] == ["recovery"]
        await season.ask("POST", f"{approval}/reject", json={}, http=season.approver, days=6)

        assert (await states(season), await season.active()) == (["cancelled"], set())
        assert (await season.ask("GET", "/v1/cases"))["items"] == []


class TestACardOfSomebodyElse:
    async def test_gets_no_money_until_two_persons_accept_it(self, season):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]))
        answer = await season.cards(season.card(1) | {"holder": "李四"})
        assert {"index": 0, "warning": "holder_differs"} in answer["warnings"]
        assert (await states(season), answer["payouts_ready"]) == (["waiting_card"], 0)
        waits = (await season.ask("GET", "/v1/payouts?state=waiting_card"))["items"]
        assert [one["reason"] for one in waits] == ["holder_differs"]
        (case,) = await cases(season)
        assert (case["kind"], "李四" in str(case)) == ("holder_differs", False)

        await decide(season, case["case_id"], "accept", "改名，已核对户口簿")
        assert await states(season) == ["ready"]

    async def test_is_asked_about_also_when_the_person_is_known_later(self, season):
        await season.cards(season.card(1) | {"holder": "李四"})
        await season.send(season.paid(1, aid=[aid()]))
        await season.send(season.assessed(1))

        assert [case["kind"] for case in await cases(season)] == ["holder_differs"]
        assert await states(season) == ["waiting_card"]

    async def test_is_forgotten_when_another_card_comes(self, season):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1) | {"holder": "李四"})
        await season.cards(season.card(1, account=77))

        assert (await states(season), await cases(season)) == (["ready"], [])

    async def test_stops_what_was_ready_when_the_name_is_corrected(self, season):
        await reimbursed(season)
        name = season.context.digests.name("王五")
        await season.send(season.assessed(1, revision=2, days=6, name_digest=name))

        assert await states(season) == ["waiting_card"]
        await season.batch(days=7, expect=409)

    async def test_of_a_minor_may_be_the_guardians(self, season):
        names = {name: season.context.digests.name(name) for name in ("张三", "张小宝")}
        child = {"minor": True, "guardian_id": 1, "name_digest": names["张小宝"]}
        await season.send(season.assessed(1), season.assessed(2, **child), season.paid(2, aid=[aid()]))
        answer = await season.cards(season.card(2))

        assert "holder_differs" not in str(answer["warnings"])
        assert await states(season) == ["ready"]
