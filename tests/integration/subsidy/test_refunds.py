"""Money that should not have come, or may not stay, goes back to the card: once, and never more than came."""

import asyncio

import pytest

from canbao.migrate import migrate_database
from libs.common.events.subsidy import RefundSettled, SubsidyRevoked

from .conftest import PRICE, aid
from .facts import rejudged


@pytest.fixture
async def checker(season, signing_key):
    """Another person, who decides what the desk requested."""
    token = signing_key.issue("checker", ["subsidy:read", "subsidy:approve"], "*")
    return await season.client(token=token)


async def case(season, refund_id: int = 1) -> dict:
    return await season.ask("GET", f"/v1/refunds/{refund_id}")


async def approve(season, checker, refund_id: int = 1, *, days: float = 5, expect: int = 200) -> dict:
    return await season.ask(
        "POST", f"/v1/refunds/{refund_id}/approve", json={}, http=checker, days=days, expect=expect
    )


async def request(season, payment_id: int, *, expect: int = 201, **more) -> dict:
    body = {"payment_id": payment_id, "line_no": 1, "reason": "deceased", "exceptional": True} | more
    return await season.ask("POST", "/v1/refunds", json=body, expect=expect)


class TestSecondPayment:
    async def test_of_the_year_opens_a_case_and_goes_back_to_the_card(self, season, checker):
        await season.send(season.assessed(1), season.paid(1), season.suspended(1))
        await season.cards(season.card(1))
        opened = await case(season)
        assert (opened["state"], opened["reason"], opened["amount_fen"]) == (
            "requested",
            "already_paid",
            PRICE,
        )
        assert opened["requested_by"] == "system"

        await approve(season, checker)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "paid", PRICE, ""))

        (fact,) = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        assert (fact.payment_id, fact.line_no, fact.outcome, fact.amount_fen) == (7001, 1, "paid", PRICE)
        assert (await case(season))["state"] == "paid"

    @pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
    @pytest.mark.parametrize("together", [True, False])
    async def test_recognized_late_opens_one_case_in_whatever_order_it_is_told(self, season, order, together):
        words = [
            season.suspended(None, reason="unknown_person"),
            rejudged(1, 4, reason="name_mismatch"),
            rejudged(1, 5),
        ]
        told = [words[number] for number in order]
        for some in [told] if together else [[one] for one in told]:
            await season.send(*some)

        (opened,) = (await season.ask("GET", "/v1/refunds?state=requested"))["items"]
        assert (opened["reason"], opened["person_id"], opened["county"]) == ("already_paid", 1, "huining")

    async def test_that_is_none_after_all_closes_its_case(self, season):
        await season.send(season.suspended(1))
        assert (await case(season))["state"] == "requested"
        await season.send(rejudged(1, 4, payment_id=7001, reason="wrong_year"))
        assert (await case(season, 1))["state"] == "superseded"

    async def test_that_was_rejected_is_not_asked_for_again(self, season, checker):
        await season.send(season.suspended(1))
        body = {"note": "是另一笔"}
        await season.ask("POST", "/v1/refunds/1/reject", json=body, http=checker)
        await season.send(rejudged(1, 6, payment_id=7001))

        assert (await season.ask("GET", "/v1/refunds?state=requested"))["items"] == []

    async def test_told_twice_opens_one_case(self, season):
        await season.send(season.suspended(1))
        await season.send(season.suspended(1))

        assert len((await season.ask("GET", "/v1/refunds?state=requested"))["items"]) == 1

    async def test_of_nobody_we_know_by_person_goes_to_the_card_of_the_payee(self, season, checker):
        await season.send(season.suspended(None, reason="unknown_person", payment_id=7))
        await season.cards(season.card(9))
        refused = await season.ask(
            "POST", "/v1/refunds", json={"payment_id": 7, "line_no": 1, "reason": "wrong person"}, expect=201
        )
        assert (await approve(season, checker, refused["refund_id"], expect=409))["type"].endswith(
            "refund-without-county"
        )
        await season.ask("POST", f"/v1/refunds/{refused['refund_id']}/reject", json={}, http=checker)
        opened = await request(
            season, 7, county="huining", coverage_year=2021, payee_id_number=season.card(9)["id_number"]
        )
        await approve(season, checker, opened["refund_id"])

        assert (await season.batch())["declared_total_fen"] == PRICE

    @pytest.mark.parametrize("applied_first", [True, False])
    async def test_that_was_applied_after_all_is_not_refunded(self, season, checker, applied_first):
        suspended = season.suspended(1, payment_id=7)
        applied = season.paid(1, payment_id=7, days=4, from_suspense=True)
        for fact in (applied, suspended) if applied_first else (suspended, applied):
            await season.send(fact)

        assert (await season.ask("GET", "/v1/refunds?state=requested"))["items"] == []

    async def test_approved_and_then_applied_is_not_paid_out(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1, payment_id=7))
        await season.cards(season.card(1))
        await approve(season, checker)
        await season.send(season.paid(1, payment_id=7, aid=[aid()], days=6, from_suspense=True))

        assert (await case(season))["state"] == "superseded"
        assert (await season.batch())["declared_total_fen"] == 20_000

    async def test_refunded_and_then_applied_carries_no_help(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1, payment_id=7))
        await season.cards(season.card(1))
        await approve(season, checker)
        await season.batch()
        await season.send(season.paid(1, payment_id=7, aid=[aid()], days=6, from_suspense=True))

        assert await season.active() == set()


class TestByTheNotice:
    async def test_a_contribution_goes_back_only_where_it_provides_for_that(self, season):
        await season.send(season.paid(1))
        refused = await request(season, 5001, expect=409, exceptional=False)

        assert (refused["type"], refused["rule"]) == ("urn:canbao:problem:refund-not-provided", "not_stated")
        assert "通知未规定退费" in refused["detail_zh"]

        assert refused["open_questions"] == ["HN-18"]

    async def test_an_exception_says_in_every_view_against_which_clause_it_is(self, season, checker):
        await season.send(season.paid(1))
        asked = await request(season, 5001)
        (listed,) = (await checker.get("/v1/refunds?state=requested")).json()["items"]
        one = (await checker.get(f"/v1/refunds/{asked['refund_id']}")).json()
        approved = await approve(season, checker)

        for view in (asked, listed, one, approved):
            assert (view["exceptional"], view["against_rule"], view["against_clause"]) == (
                True, "not_stated", "九",
            )  # fmt: skip

    async def test_what_needs_no_exception_is_none_whatever_was_asked(self, season):
        await season.send(season.suspended(1, reason="wrong_amount", payment_id=9))
        asked = await request(season, 9, exceptional=True)

        assert (asked["exceptional"], asked["against_clause"]) == (False, None)

    async def test_money_in_suspense_goes_back_whatever_it_says(self, season):
        await season.send(season.suspended(1, reason="wrong_amount", payment_id=9))
        await request(season, 9, exceptional=False)


class TestDecision:
    async def test_is_not_for_whoever_requested(self, season):
        await season.send(season.paid(1))
        await request(season, 5001)
        problem = await season.ask("POST", "/v1/refunds/1/approve", json={}, expect=403)
        assert problem["type"].endswith("maker-is-checker")

        await season.ask("POST", "/v1/refunds/1/reject", json={}, expect=403)
        assert (await case(season))["state"] == "requested"

    async def test_needs_the_scope(self, season):
        await season.send(season.suspended(1))
        http = await season.client(scopes=["subsidy:read", "subsidy:write", "refunds:write"])

        await approve(season, http, expect=403)

    async def test_is_made_once(self, season, checker):
        await season.send(season.suspended(1))
        await approve(season, checker)
        problem = await approve(season, checker, expect=409)

        assert (problem["type"], problem["state"]) == (
            "urn:canbao:problem:refund-already-decided",
            "approved",
        )

    async def test_by_many_at_once_opens_one_payout(self, season, signing_key):
        await season.send(season.suspended(1))
        people = [
            await season.client(token=signing_key.issue(f"c{n}", ["subsidy:approve"], "*")) for n in range(4)
        ]
        answers = await asyncio.gather(*(http.post("/v1/refunds/1/approve", json={}) for http in people))

        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert len(await season.payouts()) == 1

    @pytest.mark.parametrize("word", ["approve", "reject"])
    async def test_is_the_one_approval_of_a_second_person(self, season, checker, word):
        await season.send(season.suspended(1))
        (waits,) = (await season.ask("GET", "/v1/approvals"))["items"]
        assert (waits["operation"], waits["subject"], waits["asked_by"]) == ("refund", "refunds/1", "system")
        assert waits["approval_id"] == (await case(season))["approval_id"]

        path = f"/v1/approvals/{waits['approval_id']}/{word}"
        await season.ask("POST", path, json={"note": "已核实"}, http=checker)
        decided = await case(season)
        assert (decided["decided_by"], decided["decision_note"]) == ("checker", "已核实")
        assert (decided["approval_id"], len(await season.payouts())) == (None, 1 if word == "approve" else 0)

    async def test_is_asked_of_nobody_once_the_money_has_its_place(self, season, checker):
        await season.send(season.suspended(1))
        (waits,) = (await season.ask("GET", "/v1/approvals"))["items"]
        await season.send(rejudged(1, 4, payment_id=7001, reason="wrong_year"))

        assert (await season.ask("GET", "/v1/approvals"))["items"] == []
        path = f"/v1/approvals/{waits['approval_id']}/approve"
        await season.ask("POST", path, json={}, http=checker, expect=409)
        assert ((await case(season))["state"], await season.payouts()) == ("superseded", [])

    async def test_of_what_waited_before_an_upgrade_is_such_an_approval_too(self, season, checker):
        await season.send(season.suspended(1))
        async with season.context.engine.begin() as conn:
            await conn.exec_driver_sql("DELETE FROM approvals")
            # Of the releases after.
            await conn.exec_driver_sql("DROP TABLE fund_returns")
            await conn.exec_driver_sql("DROP TABLE channel_refunds")
            await conn.exec_driver_sql("DROP TABLE attempt_answers")
            await conn.exec_driver_sql("DROP INDEX ix_lookup_seals_to_id")
            await conn.exec_driver_sql("ALTER TABLE payment_lines DROP repaired_year, DROP cover_from")
            await conn.exec_driver_sql("ALTER TABLE payment_lines DROP employee_fund")
            await conn.exec_driver_sql("ALTER TABLE enrollments DROP elsewhere")
            await conn.exec_driver_sql("ALTER TABLE grants DROP elsewhere")
            await conn.exec_driver_sql("ALTER TABLE refunds DROP repaired_year")
            await conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0029'")
        await migrate_database("subsidy", season.context.settings.database_url)

        (waits,) = (await season.ask("GET", "/v1/approvals"))["items"]
        assert (waits["subject"], waits["payload"]["amount_fen"]) == ("refunds/1", PRICE)
        await approve(season, checker)
        assert (await case(season))["state"] == "approved"

    async def test_rejected_moves_nothing(self, season, checker):
        await season.send(season.suspended(1))
        await season.ask("POST", "/v1/refunds/1/reject", json={"note": "核实无误"}, http=checker)

        assert ((await case(season))["state"], await season.payouts()) == ("rejected", [])


class TestAmount:
    async def test_is_capped_by_the_money_net_of_earlier_refunds(self, season, checker):
        await season.send(season.paid(1))
        await request(season, 5001, amount_fen=3_000)
        await approve(season, checker)
        problem = await request(season, 5001, amount_fen=25_001, expect=409)
        assert (problem["type"], problem["left_fen"]) == ("urn:canbao:problem:refund-not-covered", 25_000)

        assert (await request(season, 5001))["amount_fen"] == 25_000
        await approve(season, checker, 2)
        await request(season, 5001, amount_fen=1, expect=409)

    async def test_leaves_out_what_the_card_already_got(self, season, checker):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        await season.batch()

        assert (await request(season, 5001))["amount_fen"] == 8_000

    async def test_of_all_the_money_takes_the_help_along(self, season, checker):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        assert (await request(season, 5001))["withdraws"]
        await approve(season, checker, days=9)

        assert await season.active() == set()
        assert isinstance((await season.published())[-1], SubsidyRevoked)
        assert (await season.batch())["declared_total_fen"] == PRICE

    async def test_is_looked_at_again_when_it_is_approved(self, season, checker):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))
        assert (await request(season, 5001))["amount_fen"] == PRICE
        await season.batch()
        problem = await approve(season, checker, expect=409)

        assert problem["left_fen"] == 8_000
        assert (await case(season))["state"] == "requested"

    async def test_of_an_unknown_payment_is_refused(self, season):
        problem = await request(season, 4711, expect=404)

        assert problem["type"].endswith("payment-line-unknown")


class TestReturned:
    async def test_refund_goes_out_again_to_a_corrected_card(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1))
        await season.cards(season.card(1))
        await approve(season, checker)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "returned", PRICE, "销户"))
        assert ((await case(season))["state"], (await case(season))["payout_state"]) == (
            "approved",
            "needs_card",
        )

        await season.cards(season.card(1, account=800))
        second = await season.batch()
        await season.results(second["batch_id"], ("P0000000001-02", "paid", PRICE, ""), days=9)
        settled = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        outcomes = [(fact.attempt, fact.outcome) for fact in settled]
        assert outcomes == [(1, "paid"), (1, "returned"), (2, "paid")]
