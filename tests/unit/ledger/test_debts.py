"""What a channel owes of each day, and which days a slip pays."""

from datetime import date

import pytest

from services.ledger.debts.rules import Debt, Moved, Paid, SlipDay, debts_of, match


def day(number: int) -> date:
    return date(2019, 12, number)


def owed(**fen: int) -> list[Debt]:
    """Days of December with what each owes: `d3=500`; below zero more went back than was taken."""
    return [Debt("tax", day(int(name[1:])), max(amount, 0), max(-amount, 0)) for name, amount in fen.items()]


def paid(debts: list[Debt], amount_fen: int, on: int = 20) -> tuple[str, dict[int, int]]:
    found = match(debts, amount_fen, day(on))
    assert sum(found.days.values()) == amount_fen
    return found.how, {one.day: fen for one, fen in found.days.items()}


class TestASlip:
    @pytest.mark.parametrize(
        ("amount_fen", "how", "days"),
        [
            (300, "day", {2: 300}),
            (500, "day", {3: 500}),
            (800, "run", {2: 300, 3: 500}),
            (900, "run", {1: 100, 2: 300, 3: 500}),
            (350, "oldest", {1: 100, 2: 250}),
            (99, "oldest", {1: 99}),
        ],
    )
    def test_pays_the_days_whose_sum_it_is_else_the_oldest_in_turn(self, amount_fen, how, days):
        assert paid(owed(d1=100, d2=300, d3=500), amount_fen) == (how, days)

    def test_of_two_days_that_are_its_sum_pays_the_older(self):
        assert paid(owed(d1=100, d2=300, d5=300), 300) == ("day", {2: 300})

    def test_brings_less_by_what_went_back_of_a_day_that_was_paid(self):
        assert paid(owed(d3=-40, d4=500), 460) == ("run", {3: -40, 4: 500})
        assert paid(owed(d3=-40, d4=500, d6=200), 600) == ("oldest", {3: -40, 4: 500, 6: 140})

    def test_pays_no_day_after_its_own_while_there_is_another(self):
        assert paid(owed(d1=100, d9=200), 200, on=8) == ("oldest", {1: 100, 9: 100})

    def test_of_money_that_is_not_known_yet_leaves_the_rest_with_its_own_day(self):
        assert paid(owed(d1=100, d2=300), 450, on=3) == ("oldest", {1: 100, 2: 300, 3: 50})
        assert paid([], 450, on=3) == ("oldest", {3: 450})


class TestDebts:
    MOVED = (Moved("clearing:tax", day(1), 900, 0, 0), Moved("clearing:tax", day(2), 500, 90, 10))

    def test_are_what_was_taken_less_what_went_back_and_what_slips_paid(self):
        slips = [SlipDay("tax", day(1), 7, "HK-1", 650)]

        found = debts_of(self.MOVED, slips, [Paid("clearing:tax", 650)])["tax"]

        assert [(one.paid_fen, one.open_fen) for one in found] == [(650, 250), (0, 400)]

    def test_that_were_paid_before_days_were_kept_are_paid_in_turn(self):
        slips = [SlipDay("tax", day(2), 8, "HK-2", 400)]

        found = debts_of(self.MOVED, slips, [Paid("clearing:tax", 1000)])["tax"]

        assert [(one.earlier_fen, one.open_fen) for one in found] == [(600, 300), (0, 0)]

    def test_of_an_employees_fund_stand_beside_those_of_channels(self):
        moved = [*self.MOVED, Moved("employee_fund:workers", day(1), 70, 0, 0)]

        assert set(debts_of(moved, [], [])) == {"tax", "employee_fund:workers"}
