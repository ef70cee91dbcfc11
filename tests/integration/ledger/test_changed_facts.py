"""What a season's totals and seals say when money goes back, help comes back and people are withdrawn."""

import random

import pytest

from libs.common.testing.ledger_facts import (
    assessed,
    bought,
    granted,
    on,
    paid,
    payout,
    recovered,
    refunded,
    returned,
    revoked,
    suspended,
    withdrawn,
)

SEALED, JANUARY = "2020-01-04T09:00:00", "2020-02-04T09:00:00"


def owner(totals, payer):
    """Heads and money of one payer."""
    found = [row for row in totals["by_payer"] if row["payer"] == payer]
    return (found[0]["head_count"], found[0]["amount_fen"]) if found else (0, 0)


def died_before_cover():
    """Paid 280, 200 of it came on the card, and the person died: 80 to the family, 200 to county finance."""
    line = paid(1, own_fen=28000)
    grant = granted(1, 20000, "reimburse_to_card", payer="county_finance", at=on("2019-11-25"))
    return [
        assessed(1, 28000),
        line,
        grant,
        payout(grant, at=on("2019-12-10")),
        withdrawn(1, on("2020-01-10")),
        revoked(grant, on("2020-01-10")),
        refunded(line, 8000, at=on("2020-01-20"), withdraws=True),
        recovered(grant, "fund", on("2020-01-21")),
    ]


class TestMoneyBack:
    async def test_one_yuan_given_back_leaves_the_person_counted_with_the_rest(self, desk):
        line = paid(1)
        await desk.send(assessed(1), line, refunded(line, 100, withdraws=False))

        assert (await desk.totals())["total"] == {"head_count": 1, "amount_fen": 24900}
        assert "dues" not in await desk.balances()

    async def test_the_rest_of_suspended_money_stays_in_suspense(self, desk):
        line = suspended(77, amount_fen=40000)
        await desk.send(line, returned(line, 15000))

        totals, balances = await desk.totals(), await desk.balances()
        assert totals["suspense"][0]["change_fen"] == balances["suspense"] == 25000
        assert totals["refunds"] == [{"channel": "tax", "head_count": 0, "amount_fen": 15000}]

    async def test_a_refund_in_the_wallets_console_counts_the_person_back_and_opens_the_due(self, desk):
        line = paid(1, channel="wechat")
        await desk.send(assessed(1), line)
        main = await desk.closed("main", SEALED)
        await desk.send(returned(line, 25000, at=on("2020-01-20")))

        january = await desk.closed("monthly-2020-01", JANUARY)

        assert main["totals"]["total"] == {"head_count": 1, "amount_fen": 25000}
        assert january["totals"]["total"] == {"head_count": -1, "amount_fen": -25000}
        assert january["totals"]["by_channel"] == [
            {"channel": "wechat", "head_count": -1, "amount_fen": -25000}
        ]
        assert (await desk.balances())["dues"] == 25000

    async def test_a_chargeback_is_no_refund_but_the_money_is_gone(self, desk):
        line = paid(1)
        await desk.send(line, returned(line, 25000, kind="reversal"))

        totals = await desk.totals()
        assert (totals["total"], totals["refunds"]) == ({"head_count": 0, "amount_fen": 0}, [])


class TestDeathBeforeCover:
    async def test_gives_the_family_what_it_paid_and_county_finance_its_help(self, desk):
        await desk.send(*died_before_cover())

        totals = await desk.totals()
        assert totals["total"] == {"head_count": 0, "amount_fen": 0}
        assert totals["to_cards"] == [
            {
                "payer": "county_finance", "granted_head_count": 0, "granted_fen": 0,
                "paid_head_count": 0, "paid_fen": 0,
            }
        ]  # fmt: skip
        assert await desk.balances() == {
            "residents": -20000,
            "cards": 20000,
            "clearing:tax": 28000,
            "special_fiscal_account": -28000,
        }

    async def test_changes_no_seal_and_is_an_adjustment_in_the_next_handover(self, desk):
        facts = died_before_cover()
        await desk.send(*facts[:4])
        main = await desk.closed("main", SEALED)
        await desk.send(*facts[4:])

        january = await desk.closed("monthly-2020-01", JANUARY)

        assert main["totals"]["total"] == {"head_count": 1, "amount_fen": 28000}
        assert january["totals"]["total"] == {"head_count": -1, "amount_fen": -28000}
        assert january["totals"]["to_cards"][0]["paid_fen"] == -20000
        assert (await desk.recomputed("main"))["identical"]

    @pytest.mark.parametrize("seed", range(4))
    async def test_comes_to_the_same_whatever_is_told_first_and_however_often(self, make_desk, seed):
        one, other = await make_desk(), await make_desk()
        await one.send(*died_before_cover())
        messages = [other.message(fact) for fact in died_before_cover()]
        messages += random.Random(seed).sample(messages, 4)
        random.Random(seed).shuffle(messages)

        await other.deliver(messages)

        assert await other.totals() == await one.totals()
        assert await other.balances() == await one.balances()


class TestWithdrawal:
    async def test_ends_the_count_while_the_money_is_still_there(self, desk):
        await desk.send(paid(1), paid(16))
        await desk.closed("main", SEALED)
        await desk.send(withdrawn(1, on("2020-01-10")))

        january = await desk.closed("monthly-2020-01", JANUARY)

        assert january["totals"]["total"] == {"head_count": -1, "amount_fen": 0}
        assert january["totals"]["by_township"] == [
            {"township": "350426102", "head_count": -1, "amount_fen": 0}
        ]
        assert (await desk.totals())["total"] == {"head_count": 1, "amount_fen": 50000}

    async def test_counts_nobody_back_twice_when_the_money_goes_too(self, desk):
        line = paid(1)
        await desk.send(line)
        await desk.closed("main", SEALED)
        await desk.send(withdrawn(1, on("2020-01-10")))
        january = await desk.closed("monthly-2020-01", JANUARY)
        await desk.send(refunded(line, 25000, at=on("2020-02-10"), withdraws=True))

        february = await desk.closed("monthly-2020-02", "2020-03-04T09:00:00")

        assert january["totals"]["total"]["head_count"] == -1
        assert february["totals"]["total"] == {"head_count": 0, "amount_fen": -25000}

    async def test_of_an_exempt_person_who_then_pays_counts_the_person_again(self, desk):
        grant = granted(1, completes_enrollment=True)
        await desk.send(assessed(1, 0), grant)
        await desk.closed("main", SEALED)
        await desk.send(withdrawn(1, on("2020-01-10")), revoked(grant, on("2020-01-10")))
        january = await desk.closed("monthly-2020-01", JANUARY)
        await desk.send(paid(1, on("2020-02-10")))

        february = await desk.closed("monthly-2020-02", "2020-03-04T09:00:00")

        assert owner(january["totals"], "medical_assistance") == (-1, -25000)
        assert january["totals"]["total"]["head_count"] == -1
        assert february["totals"]["total"] == {"head_count": 1, "amount_fen": 25000}

    async def test_cannot_be_changed_or_deleted(self, desk):
        await desk.send(paid(1), withdrawn(1))

        with pytest.raises(Exception, match="only ever grows"):
            await desk.run("DELETE FROM withdrawals")


class TestAddOns:
    async def test_are_handed_over_by_payee_apart_from_the_fund(self, desk):
        line = bought(3)
        await desk.send(
            paid(1), bought(1), bought(2), bought(2, "picc", payment_id=81), line, returned(line, 3000)
        )

        main = (await desk.closed("main", "2020-02-04T09:00:00"))["totals"]

        assert main["total"] == {"head_count": 1, "amount_fen": 25000}
        assert main["add_ons_by_payee"] == [
            {"payee": "china_life", "head_count": 3, "amount_fen": 9000},
            {"payee": "picc", "head_count": 1, "amount_fen": 3000},
        ]
        january = (await desk.closed("monthly-2020-01", JANUARY))["totals"]
        assert january["add_ons_by_payee"] == [{"payee": "china_life", "head_count": -1, "amount_fen": -3000}]

    async def test_are_on_the_sheet_that_is_printed(self, desk):
        await desk.send(bought(1))

        sheet = await desk.http.get("/v1/totals", params={**desk.books, "format": "csv"})

        assert "附加险应交收款方,china_life" in sheet.text

    async def test_that_name_no_payee_change_no_seal_of_before(self, desk):
        await desk.send(paid(1, add_on_fen=3000))

        assert "add_ons_by_payee" not in (await desk.closed("main", SEALED))["document"]

    async def test_reach_their_payee_with_a_paper_and_are_taken_back_with_another(self, desk):
        await desk.send(bought(1), bought(2), paid(3))
        order = {
            **desk.books, "kind": "add_on_handover", "channel": "tax", "payee": "china_life",
            "business_at": "2019-12-20T10:00:00+08:00", "reference": "CL-1",
        }  # fmt: skip

        handed = await desk.http.post("/v1/movements", json=order)

        assert (handed.status_code, handed.json()["amount_fen"]) == (201, 6000), handed.text
        assert handed.json()["payee"] == "china_life"
        assert await desk.balances() == {
            "residents": -31000,
            "clearing:tax": 25000,
            "payee:china_life": 6000,
        }
        assert (await desk.totals())["movements"] == [
            {"kind": "add_on_handover", "channel": "tax", "amount_fen": 6000}
        ]
        back = await desk.http.post(
            f"/v1/movements/{handed.json()['movement_id']}/reversal",
            json={"business_at": "2019-12-21T10:00:00+08:00", "reference": "CL-1-R"},
        )
        assert back.status_code == 201
        assert (await desk.balances())["add_on:china_life"] == 6000

    @pytest.mark.parametrize(
        ("kind", "payee"), [("add_on_handover", None), ("fiscal_transfer", "china_life")]
    )
    async def test_a_step_without_its_payee_or_with_a_wrong_one_is_refused_plainly(self, desk, kind, payee):
        order = {
            **desk.books, "kind": kind, "payee": payee, "amount_fen": 100,
            "business_at": "2019-12-20T10:00:00+08:00", "reference": "CL-2",
        }  # fmt: skip

        answer = await desk.http.post("/v1/movements", json=order)

        assert (answer.status_code, answer.json()["type"]) == (422, "urn:canbao:problem:payee-missing")
