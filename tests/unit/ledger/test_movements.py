"""From which account to which each step of the money goes."""

from typing import ClassVar

import pytest

from libs.common.testing.ledger_facts import on
from services.ledger.movements.rules import (
    ChannelMissing,
    MoreThanThereIs,
    MovementRecorded,
    Part,
    PayeeMissing,
    accounts_of,
    add_ons_to_move,
    check_reversal,
    movement_legs,
    parts_to_move,
)

BALANCES = {"clearing:tax": 50000, "clearing:wechat": 3000, "clearing:bank": 0, "treasury": 700}


def flows(**values):
    common = {
        "movement_id": 1,
        "county": "youxi",
        "coverage_year": 2020,
        "business_at": on("2019-12-02"),
        "reference": "HK1",
    }
    return [
        (leg.source, leg.destination, leg.amount_fen)
        for leg in movement_legs(MovementRecorded(**common, **values))
    ]


class TestSteps:
    @pytest.mark.parametrize(
        ("kind", "channel", "source", "destination"),
        [
            ("channel_settlement", "tax", "clearing:tax", "pending_remittance"),
            ("employee_fund_transfer", "employee_fund:w", "employee_fund:w", "special_fiscal_account"),
            ("treasury_receipt", None, "pending_remittance", "treasury"),
            ("fiscal_transfer", None, "treasury", "special_fiscal_account"),
            ("upward_remittance", None, "special_fiscal_account", "upward"),
        ],
    )
    def test_lead_from_the_channel_to_the_city(self, kind, channel, source, destination):
        part = Part(channel=channel, amount_fen=100)

        assert flows(kind=kind, parts=(part,)) == [(source, destination, 100)]
        assert flows(kind=kind, parts=(part,), reverses_id=1) == [(destination, source, 100)]


class TestPartsToMove:
    def test_what_an_employees_fund_owes_comes_from_it_and_settles_with_no_channel(self):
        balances = {**BALANCES, "employee_fund:w": 40000, "special_fiscal_account": 0}

        (owed,) = parts_to_move("employee_fund_transfer", None, None, balances)
        assert owed == Part(channel="employee_fund:w", amount_fen=40000)
        assert parts_to_move("channel_settlement", None, None, balances) == (
            Part(channel="tax", amount_fen=50000),
            Part(channel="wechat", amount_fen=3000),
        )
        with pytest.raises(MoreThanThereIs):
            parts_to_move("employee_fund_transfer", "employee_fund:w", 40001, balances)
        for kind, channel in (
            ("employee_fund_transfer", "tax"),
            ("channel_settlement", "employee_fund:w"),
            ("employee_fund_transfer", None),
        ):
            with pytest.raises(ChannelMissing):
                parts_to_move(kind, channel, 100, balances)

    def test_a_settlement_without_amount_and_channel_takes_all_that_every_channel_holds(self):
        assert parts_to_move("channel_settlement", None, None, BALANCES) == (
            Part(channel="tax", amount_fen=50000),
            Part(channel="wechat", amount_fen=3000),
        )

    def test_without_amount_all_there_is_moves(self):
        assert parts_to_move("fiscal_transfer", None, None, BALANCES) == (Part(amount_fen=700),)

    def test_where_nothing_is_nothing_moves(self):
        assert parts_to_move("treasury_receipt", None, None, BALANCES) == ()

    def test_more_than_there_is_is_refused_with_the_figures(self):
        with pytest.raises(MoreThanThereIs) as refusal:
            parts_to_move("channel_settlement", "tax", 50001, BALANCES)

        assert (refusal.value.account, refusal.value.there_fen) == ("clearing:tax", 50000)

    def test_an_amount_needs_to_say_of_which_channel(self):
        with pytest.raises(ChannelMissing):
            parts_to_move("channel_settlement", None, 100, BALANCES)


class TestMoneyOfOthers:
    def test_is_settled_by_its_channel_like_all_that_it_took(self):
        balances = {"clearing:tax": 840297, "suspense": 400297, "held": -400297}

        assert parts_to_move("channel_settlement", "tax", 840297, balances) == (
            Part(channel="tax", amount_fen=840297),
        )

    def test_is_not_remitted_to_the_city(self):
        balances = {"special_fiscal_account": 840297, "suspense": 400297, "held": -400297}

        assert parts_to_move("upward_remittance", None, None, balances) == (Part(amount_fen=440000),)
        with pytest.raises(MoreThanThereIs) as refusal:
            parts_to_move("upward_remittance", None, 440001, balances)
        assert refusal.value.there_fen == 440000

    def test_that_lies_with_a_channel_still_keeps_nothing_of_the_fund_back(self):
        balances = {"special_fiscal_account": 440000, "clearing:tax": 400297, "held": -400297}

        assert parts_to_move("upward_remittance", None, None, balances) == (Part(amount_fen=440000),)


class TestAddOnsHandedOver:
    BALANCES: ClassVar = {
        "special_fiscal_account": 9000,
        "clearing:china_life_qr": 3000,
        "add_on:china_life": 6000,
        "add_on": 3000,
        "held": -9000,
    }

    def test_go_to_their_payee_and_are_held_no_more(self):
        part = Part(payee="china_life", amount_fen=6000)

        assert flows(kind="add_on_handover", parts=(part,)) == [
            ("special_fiscal_account", "payee:china_life", 6000),
            ("add_on:china_life", "held", 6000),
        ]
        assert flows(kind="add_on_handover", parts=(part,), reverses_id=1) == [
            ("payee:china_life", "special_fiscal_account", 6000),
            ("held", "add_on:china_life", 6000),
        ]

    def test_without_an_amount_are_those_that_were_bought_by_themselves(self):
        assert add_ons_to_move(None, "china_life", None, self.BALANCES) == (
            Part(payee="china_life", amount_fen=6000),
        )

    def test_may_include_what_came_together_with_contributions(self):
        assert add_ons_to_move(None, "china_life", 8000, self.BALANCES) == (
            Part(payee="china_life", amount_fen=6000),
            Part(payee="china_life", summed=True, amount_fen=2000),
        )

    def test_may_be_handed_over_by_the_channel_that_took_them(self):
        assert add_ons_to_move("china_life_qr", "china_life", None, self.BALANCES) == (
            Part(channel="china_life_qr", payee="china_life", amount_fen=3000),
        )

    @pytest.mark.parametrize(
        ("channel", "payee", "amount_fen", "account"),
        [
            (None, "china_life", 9001, "add_on:china_life"),
            (None, "picc", 3001, "add_on:picc"),
            ("china_life_qr", "china_life", 3001, "clearing:china_life_qr"),
        ],
    )
    def test_are_never_more_than_is_there_for_them_and_lies_there(self, channel, payee, amount_fen, account):
        with pytest.raises(MoreThanThereIs) as refusal:
            add_ons_to_move(channel, payee, amount_fen, self.BALANCES)

        assert refusal.value.account == account

    def test_need_a_payee_and_no_other_step_has_one(self):
        with pytest.raises(PayeeMissing):
            add_ons_to_move(None, None, 100, self.BALANCES)
        with pytest.raises(PayeeMissing):
            accounts_of("fiscal_transfer", None, "china_life")


class TestReversal:
    def test_takes_back_what_is_still_there(self):
        check_reversal("treasury_receipt", (Part(amount_fen=700),), BALANCES)

    def test_of_money_that_has_moved_on_is_refused(self):
        with pytest.raises(MoreThanThereIs):
            check_reversal("treasury_receipt", (Part(amount_fen=701),), BALANCES)
