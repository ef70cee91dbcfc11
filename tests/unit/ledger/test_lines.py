"""Out of which account a payment line is applied or given back, whatever comes first."""

from itertools import permutations

import pytest

from libs.common.testing.ledger_facts import (
    assessed,
    bought,
    event_time,
    on,
    paid,
    refunded,
    returned,
    suspended,
    taken_back,
)
from libs.common.testing.ledger_repairs import repaired
from services.ledger.facts.rules import Books
from services.ledger.postings.rules import Leg


def balances(*facts):
    """Balances per county and account after entering `facts` in their order, without zeros."""
    books, found = Books(), {}
    for fact in facts:
        for entry in books.enter(fact, event_time(fact)):
            if isinstance(entry, Leg):
                county = entry.season.county
                found[county, entry.source] = found.get((county, entry.source), 0) - entry.amount_fen
                found[county, entry.destination] = (
                    found.get((county, entry.destination), 0) + entry.amount_fen
                )
    return {account: fen for account, fen in found.items() if fen}


def in_every_order(*facts):
    """The balances of `facts`, if they are the same in every order."""
    results = [balances(*some) for some in permutations(facts)]
    assert all(result == results[0] for result in results)
    return results[0]


class TestSuspense:
    def test_is_a_claim_on_money_that_stays_with_the_channel_until_it_settles(self):
        assert balances(suspended(1)) == {
            ("youxi", "residents"): -25000,
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "suspense"): 25000,
            ("youxi", "held"): -25000,
        }

    def test_money_applied_later_ends_where_a_fresh_payment_would(self):
        line = suspended(5001)

        assert in_every_order(assessed(1), line, paid(1, from_suspense=True)) == balances(
            assessed(1), paid(1)
        )

    def test_add_ons_applied_later_stay_outside_the_fund(self):
        line = suspended(5001, amount_fen=28000)
        applied = paid(1, from_suspense=True, add_on_fen=3000)

        assert in_every_order(line, applied) == {
            ("youxi", "residents"): -28000,
            ("youxi", "clearing:tax"): 28000,
            ("youxi", "add_on"): 3000,
            ("youxi", "held"): -3000,
        }

    def test_money_of_nobody_moves_to_the_books_where_it_is_applied(self):
        line = suspended(5001, county=None, coverage_year=None)

        assert in_every_order(line, paid(1, from_suspense=True)) == {
            ("", "residents"): -25000,
            ("", "elsewhere"): 25000,
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "elsewhere"): -25000,
        }

    def test_money_of_nobody_that_came_back_from_the_bank_moves_from_the_account_of_finance(self):
        line = suspended(5001, county=None, coverage_year=None)
        facts = [line, refunded(line, 25000), refunded(line, 25000, "returned", at=on("2020-01-25"))]
        applied = paid(1, from_suspense=True, received_at=on("2020-02-01"))

        assert in_every_order(*facts, applied) == {
            ("", "residents"): -25000,
            ("", "clearing:tax"): 25000,
            ("", "special_fiscal_account"): -25000,
            ("", "elsewhere"): 25000,
            ("youxi", "special_fiscal_account"): 25000,
            ("youxi", "elsewhere"): -25000,
        }


class TestRefund:
    def test_of_suspended_money_empties_suspense_and_is_drawn_from_finance_while_the_channel_owes_it(self):
        line = suspended(1)

        assert in_every_order(line, refunded(line, 25000)) == {
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
        }

    def test_of_an_applied_contribution_comes_out_of_the_fund(self):
        line = paid(1)

        assert in_every_order(line, refunded(line, 25000)) == {
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
        }

    def test_gives_add_ons_back_from_their_own_account(self):
        line = paid(1, add_on_fen=3000)

        assert in_every_order(line, refunded(line, 28000)) == {
            ("youxi", "clearing:tax"): 28000,
            ("youxi", "special_fiscal_account"): -28000,
        }

    def test_of_the_whole_takes_every_payees_part(self):
        shares = [{"payee": "china_life", "amount_fen": 3000}, {"payee": "picc", "amount_fen": 2000}]
        line = paid(1, add_on_fen=5000, add_ons=shares)

        assert in_every_order(line, refunded(line, 30000)) == {
            ("youxi", "clearing:tax"): 30000,
            ("youxi", "special_fiscal_account"): -30000,
        }

    def test_that_the_bank_returned_is_as_if_it_had_not_been(self):
        line = suspended(1)
        facts = [refunded(line, 25000), refunded(line, 25000, "returned", at=on("2020-01-25"))]

        assert in_every_order(line, *facts) == balances(line)

    def test_of_an_applied_contribution_that_the_bank_returned_waits_in_suspense(self):
        line = paid(1)
        facts = [refunded(line, 25000), refunded(line, 25000, "returned", at=on("2020-01-25"))]

        assert in_every_order(line, *facts) == {
            ("youxi", "residents"): -25000,
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "suspense"): 25000,
            ("youxi", "held"): -25000,
        }

    def test_that_came_back_can_be_given_back_to_another_card(self):
        line = paid(1)
        back = refunded(line, 25000, "returned", at=on("2020-01-25"))
        second = refunded(line, 25000, attempt=2, at=on("2020-02-01"))

        assert in_every_order(line, refunded(line, 25000), back, second) == balances(line, second)

    def test_that_came_back_can_be_applied_again(self):
        line = paid(1)
        back = refunded(line, 25000, "returned", at=on("2020-01-25"))
        again = paid(1, from_suspense=True, received_at=on("2020-02-01"))

        found = in_every_order(line, refunded(line, 25000), back, again)

        assert found == {("youxi", "residents"): -25000, ("youxi", "clearing:tax"): 25000}

    def test_that_ends_the_contribution_leaves_nothing_of_it_in_the_fund_while_the_bank_has_a_part(self):
        line = paid(1)
        rest = refunded(line, 15000, at=on("2020-01-25"), withdraws=True, on_its_way_fen=10000)
        part = refunded(line, 10000, at=on("2020-02-01"), refund_id=2, withdraws=False)

        assert in_every_order(line, rest) == {
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
            ("youxi", "refunds"): 10000,
            ("youxi", "residents"): -10000,
        }
        assert in_every_order(line, rest, part) == balances(line, refunded(line, 25000))

    def test_that_is_on_its_way_arrives_out_of_that_and_not_out_of_help_that_the_fund_keeps(self):
        line = paid(1)
        rest = refunded(line, 5000, at=on("2020-01-25"), withdraws=True, on_its_way_fen=1000)
        part = refunded(line, 1000, at=on("2020-02-01"), refund_id=2, withdraws=False)

        assert in_every_order(line, rest, part) == balances(line, refunded(line, 6000))

    def test_that_is_on_its_way_for_another_part_ends_where_the_channel_gave_that_back(self):
        line = paid(1)
        rest = refunded(line, 15000, at=on("2020-01-25"), withdraws=True, on_its_way_fen=10000)
        back = returned(line, 10000, at=on("2020-02-01"))
        before = refunded(line, 15000, at=on("2020-01-25"), withdraws=True)

        assert in_every_order(line, rest, back) == balances(line, before, back)

    def test_that_nobody_answered_for_is_help_the_fund_returns_and_not_on_its_way(self):
        line = paid(1)
        rest = refunded(line, 15000, at=on("2020-01-25"), withdraws=True)

        assert in_every_order(line, rest)["youxi", "clearing:tax"] == 25000
        assert ("youxi", "refunds") not in in_every_order(line, rest)

    def test_that_never_left_moves_nothing(self):
        line = suspended(1)

        assert balances(line, refunded(line, 25000, "failed")) == balances(line)

    def test_takes_what_was_left_in_suspense_before_what_was_applied(self):
        line = suspended(5001, amount_fen=30000)
        facts = [line, paid(1, from_suspense=True), refunded(line, 5000)]

        assert in_every_order(*facts) == {
            ("youxi", "residents"): -25000,
            ("youxi", "clearing:tax"): 30000,
            ("youxi", "special_fiscal_account"): -5000,
        }

    def test_by_books_of_no_county_is_funded_by_those_that_hold_the_money(self):
        line = suspended(1)
        refund = refunded(line, 25000, county=None, coverage_year=None)

        found = in_every_order(line, refund)

        assert found == {
            ("youxi", "residents"): -25000,
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
            ("youxi", "elsewhere"): 25000,
            ("", "elsewhere"): -25000,
            ("", "residents"): 25000,
        }

    def test_of_more_than_there_was_shows_as_a_debt_of_refunds(self):
        line = suspended(1, amount_fen=25000)

        assert in_every_order(line, refunded(line, 26000)) == {
            ("youxi", "residents"): 1000,
            ("youxi", "refunds"): -1000,
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
        }

    @pytest.mark.parametrize("applied", [True, False])
    def test_before_its_line_is_known_waits_as_a_debt(self, applied):
        line = paid(1) if applied else suspended(5001)

        assert balances(refunded(line, 25000)) == {
            ("youxi", "refunds"): -25000,
            ("youxi", "residents"): 25000,
        }


class TestMoneyThatTheChannelGaveBack:
    def test_of_a_contribution_leaves_nothing_with_the_channel(self):
        line = paid(1)

        assert in_every_order(assessed(1), line, returned(line, 25000)) == {
            ("youxi", "residents"): -25000,
            ("youxi", "dues"): 25000,
        }

    def test_in_part_leaves_the_rest(self):
        line = paid(1)

        assert in_every_order(assessed(1), line, returned(line, 100)) == {
            ("youxi", "residents"): -24900,
            ("youxi", "clearing:tax"): 24900,
        }

    def test_out_of_suspense_leaves_the_rest_in_suspense(self):
        line = suspended(1, amount_fen=40000)

        assert in_every_order(line, returned(line, 15000)) == balances(suspended(1, amount_fen=25000))

    def test_and_the_rest_of_which_was_applied(self):
        line = suspended(5001, amount_fen=40000)
        back = returned(line, 15000, at=on("2019-12-01"))
        applied = paid(1, from_suspense=True, received_at=on("2019-12-05"))

        assert in_every_order(assessed(1), line, back, applied) == balances(assessed(1), paid(1))

    def test_twice_on_the_same_day_is_both(self):
        line = suspended(1, amount_fen=40000)
        backs = [returned(line, 15000, return_no="R1"), returned(line, 5000, return_no="R2")]

        assert in_every_order(line, *backs) == balances(suspended(1, amount_fen=20000))

    def test_of_an_add_on_is_its_payees_no_more(self):
        line = bought(1)

        assert in_every_order(line, returned(line, 3000)) == {}

    def test_after_it_was_settled_is_taken_off_what_the_channel_owes_next(self):
        line, other = paid(1), paid(2)

        assert in_every_order(line, other, returned(line, 25000))["youxi", "clearing:tax"] == 25000

    def test_that_never_stayed_comes_to_the_same_balances(self):
        line = paid(1)

        assert in_every_order(line, returned(line, 25000, kind="reversal")) == in_every_order(
            line, returned(line, 25000)
        )

    def test_of_nobody_known_is_funded_by_the_books_that_hold_it(self):
        line = suspended(5001, county=None, coverage_year=None)
        applied = paid(1, from_suspense=True)
        back = returned(applied, 25000)

        found = in_every_order(line, applied, back)

        assert found["", "elsewhere"] == 25000
        assert found["youxi", "elsewhere"] == -25000
        assert ("youxi", "clearing:tax") not in found

    def test_before_its_line_is_known_waits_as_a_debt(self):
        assert balances(returned(paid(1), 25000)) == {
            ("youxi", "refunds"): -25000,
            ("youxi", "residents"): 25000,
        }

    def test_and_that_finance_gave_back_too_shows_as_a_debt_of_refunds(self):
        line = suspended(1)

        found = in_every_order(line, returned(line, 25000), refunded(line, 25000, at=on("2020-02-20")))

        assert found["youxi", "refunds"] == -25000


class TestAddOnBoughtByItself:
    def test_is_its_payees_and_lies_with_the_channel(self):
        assert balances(bought(1)) == {
            ("youxi", "residents"): -3000,
            ("youxi", "clearing:tax"): 3000,
            ("youxi", "add_on:china_life"): 3000,
            ("youxi", "held"): -3000,
        }

    def test_may_come_out_of_suspense(self):
        line = suspended(8001, amount_fen=3000)

        assert in_every_order(line, bought(1, from_suspense=True)) == balances(bought(1))

    def test_may_share_the_money_of_a_line_with_a_contribution(self):
        line = suspended(5001, amount_fen=28000)
        parts = [paid(1, from_suspense=True), bought(1, payment_id=5001, from_suspense=True)]

        assert in_every_order(assessed(1), line, *parts) == balances(assessed(1), paid(1), bought(1))

    def test_is_given_back_from_the_account_of_its_payee(self):
        line = bought(1)

        assert in_every_order(line, refunded(line, 3000)) == {
            ("youxi", "clearing:tax"): 3000,
            ("youxi", "special_fiscal_account"): -3000,
        }


OF_A_YEAR = {("youxi", "repair:2018"): -25000, ("youxi", "clearing:tax"): 25000}


class TestRepairedYear:
    def test_is_the_funds_and_stands_under_its_year(self):
        assert balances(repaired(1)) == OF_A_YEAR

    def test_may_come_out_of_suspense(self):
        line = suspended(8501, line_no=2)

        assert in_every_order(line, repaired(1, from_suspense=True)) == OF_A_YEAR

    def test_is_given_back_out_of_the_fund_and_stands_under_its_year_no_more(self):
        line = repaired(1)

        assert in_every_order(line, refunded(line, 25000, repaired_year=2018)) == {
            ("youxi", "clearing:tax"): 25000,
            ("youxi", "special_fiscal_account"): -25000,
        }

    def test_may_be_returned_by_the_channel_or_taken_back(self):
        line = repaired(1)

        assert in_every_order(line, returned(line, 25000, withdraws=True)) == {}
        assert in_every_order(line, taken_back(line)) == balances(suspended(8501, line_no=2))

    def test_leaves_the_due_of_the_year_as_it_is_when_it_goes(self):
        facts = [assessed(1), paid(1)]
        line = repaired(1)
        gone = refunded(line, 25000, withdraws=True, repaired_year=2018)

        assert in_every_order(*facts, line, gone)["youxi", "clearing:tax"] == 50000
        assert ("youxi", "dues") not in in_every_order(*facts, line, gone)


class TestMoneyTakenBack:
    def test_waits_in_suspense_and_the_due_is_owed_again(self):
        line = paid(1)

        found = in_every_order(assessed(1), line, taken_back(line))

        assert found == balances(assessed(1), suspended(5001))

    def test_is_taken_back_also_where_that_is_dated_before_it(self):
        line = paid(1, on("2019-12-01"))

        found = in_every_order(assessed(1), line, taken_back(line, on("2019-11-30")))

        assert found == balances(assessed(1), suspended(5001))

    def test_takes_its_add_ons_along(self):
        line = paid(1, add_on_fen=3000)

        found = in_every_order(assessed(1), line, taken_back(line))

        assert found["youxi", "suspense"] == line.own_fen + 3000
        assert found["youxi", "clearing:tax"] == line.own_fen + 3000
        assert ("youxi", "add_on") not in found

    def test_can_be_applied_once_more(self):
        line = paid(1)
        again = paid(1, from_suspense=True, received_at=on("2020-02-01"))

        found = in_every_order(assessed(1), line, taken_back(line), again)

        assert found == balances(assessed(1), line)

    def test_goes_back_to_the_person_out_of_suspense(self):
        line = paid(1)
        back = returned(line, line.own_fen, on("2020-02-01"), withdraws=False, was_applied=False)

        found = in_every_order(assessed(1), line, taken_back(line), back)

        assert found == balances(assessed(1))


class TestPersonalAccounts:
    """What an employee's personal account pays is owed by the employees' fund, not held by a channel."""

    ACCOUNT = "employee_fund:worker_fund"

    def test_the_fund_owes_what_was_paid(self):
        line = paid(1, employee_fund="worker_fund")

        assert in_every_order(assessed(1), line) == {
            ("youxi", "residents"): -25000,
            ("youxi", self.ACCOUNT): 25000,
        }

    def test_what_goes_back_is_owed_no_more_and_is_owed_by_the_resident_again(self):
        line = paid(1, employee_fund="worker_fund")

        assert in_every_order(assessed(1), line, returned(line, 25000)) == {
            ("youxi", "residents"): -25000,
            ("youxi", "dues"): 25000,
        }

    def test_what_waits_is_held_with_the_fund_and_gone_when_it_gives_it_back(self):
        line = suspended(5001, employee_fund="worker_fund")

        assert balances(line)["youxi", self.ACCOUNT] == 25000
        assert in_every_order(line, returned(line, 25000)) == {}

    def test_taken_back_and_applied_again_it_stays_where_it_was(self):
        line = paid(1, employee_fund="worker_fund")
        again = paid(1, from_suspense=True, at=on("2020-01-23"), employee_fund="worker_fund")

        assert balances(assessed(1), line, taken_back(line), again)["youxi", self.ACCOUNT] == 25000
