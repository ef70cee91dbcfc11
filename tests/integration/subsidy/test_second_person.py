"""Nothing leaves for the bank that only one person has seen."""

from tests.integration.subsidy.facts import contested, reimbursed, states, withdrawn

ORDER = {"county": "huining", "coverage_year": 2021}


async def made(season):
    """A batch to which nobody agreed yet, and the path of its approval."""
    await reimbursed(season)
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
