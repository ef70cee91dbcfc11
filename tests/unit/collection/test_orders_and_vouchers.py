"""Orders, idempotency keys and voucher numbers, as pure decisions."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import SHANGHAI
from libs.common.identity import compose_resident_id
from libs.common.web.idempotency import fingerprint, read_key
from libs.common.web.problems import Problem
from services.collection.households.rules import NO_TERMS, AddOnsBought, Tiers
from services.collection.orders.pricing import Around
from services.collection.orders.rules import expires_at, order_no, price, state_at, year_before
from services.collection.units.choosing import choose
from services.collection.units.rules import OnList
from services.collection.vouchers.rules import (
    check_digit,
    code_matches,
    verification_code,
    voucher_no,
    well_formed,
)

from .test_matching import CLOSES, OPENS, due, segment

NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
HALF_HOUR = timedelta(minutes=30)


class TestOrderRules:
    def test_only_who_owes_something_now_is_priced(self):
        assert price(due(), NOW).amount_fen == 25000
        assert price(due(state="paid"), NOW) is None
        assert price(due(), CLOSES) is None
        assert price(due(schedule=(segment(own_due_fen=0),)), NOW) is None

    def test_an_order_ends_after_its_time_or_with_the_first_price_in_it(self):
        soon = NOW + timedelta(minutes=4)
        items = [price(due(), NOW), price(due(2, schedule=(segment(until_at=soon),)), NOW)]
        assert expires_at(items[:1], NOW, HALF_HOUR) == NOW + HALF_HOUR
        assert expires_at(items, NOW, HALF_HOUR) == soon

    def test_only_a_pending_order_expires(self):
        assert state_at("pending", NOW, NOW - timedelta(microseconds=1)) == "pending"
        assert state_at("pending", NOW, NOW) == "expired"
        assert state_at("paid", OPENS, NOW) == "paid"

    def test_numbers_fit_what_a_wallet_takes(self):
        assert order_no(NOW, 7) == "CB2019112000000000000007"
        assert len(order_no(NOW, 10**14 - 1)) <= 32


class TestWhomAUnitPaysFor:
    def test_not_for_who_owes_the_year_before_that_is_paid_first(self):
        before = replace(due(), coverage_year=due().coverage_year - 1)
        known = Around(Tiers(), {}, (), AddOnsBought(()), earlier={year_before(due()): before})
        chosen = choose([OnList(1, 3), OnList(2, 4)], {1: due(), 2: due(2)}, (), known, NO_TERMS, NOW)
        assert chosen.people == (2,)
        assert [(one.person_id, one.reason) for one in chosen.left_out] == [(1, "earlier_year")]

    def test_also_where_the_year_before_is_paid_already(self):
        before = replace(due(state="paid"), coverage_year=due().coverage_year - 1)
        known = Around(Tiers(), {}, (), AddOnsBought(()), earlier={year_before(due()): before})
        assert choose([OnList(1, 3)], {1: due()}, (), known, NO_TERMS, NOW).people == (1,)


#: Keys are kept in clear: of a person's number nobody may make one.
NUMBER = compose_resident_id("350426", date(1990, 1, 1), 12)
ORDER = "350426199001010129"  # no check digit fits


class TestIdempotencyKey:
    @pytest.mark.parametrize(
        ("header", "key"), [('"a-1"', "a-1"), ("a-1", "a-1"), (' "x" ', "x"), (ORDER, ORDER)]
    )
    def test_is_quoted_or_bare(self, header, key):
        assert read_key(header) == key

    @pytest.mark.parametrize(
        ("header", "status"),
        [(None, 400), ("", 422), ('"', 422), ('"é"', 422), ("a" * 129, 422), (f"pay-{NUMBER}-2021", 422)],
    )
    def test_otherwise_is_refused(self, header, status):
        with pytest.raises(Problem) as refused:
            read_key(header)
        assert refused.value.status == status

    def test_a_fingerprint_does_not_depend_on_the_order_of_members(self):
        assert fingerprint("x", {"a": 1, "b": 2}) == fingerprint("x", {"b": 2, "a": 1})
        assert fingerprint("x", {"a": 1}) != fingerprint("y", {"a": 1})


class TestVoucherNumber:
    def test_says_where_and_when_it_was_issued(self):
        number = voucher_no("350426", date(2019, 11, 20), 17)
        assert number[:21] == "350426201911200000017"
        assert well_formed(number)

    def test_the_check_digit_is_that_of_iso_7064_mod_11_10(self):
        """Worked example of the standard: 0794 has the check digit 5."""
        assert check_digit("0794") == 5

    @given(st.integers(1, 10**7 - 1), st.integers(0, 21), st.integers(1, 9))
    def test_every_single_wrong_digit_is_found(self, sequence, position, shift):
        number = voucher_no("350426", date(2019, 11, 20), sequence)
        wrong = number[:position] + str((int(number[position]) + shift) % 10) + number[position + 1 :]
        assert not well_formed(wrong)

    @pytest.mark.parametrize("number", ["", "35042620191120000001", "350426201911200000017X", "３" * 22])
    def test_anything_else_is_not_one(self, number):
        assert not well_formed(number)

    @pytest.mark.parametrize(
        ("division", "sequence"), [("3504", 1), ("35042x", 1), ("350426", 0), ("350426", 10**7)]
    )
    def test_a_part_that_does_not_fit_is_refused(self, division, sequence):
        with pytest.raises(ValueError, match="no voucher number"):
            voucher_no(division, date(2019, 11, 20), sequence)


class TestVerificationCode:
    content = ("350426201911200000017", 1, 25000, NOW)

    def test_matches_its_own_content_and_key_only(self):
        keys = {"v1": b"1" * 32, "v2": b"2" * 32}
        code = verification_code(keys["v1"], *self.content)
        assert len(code) == 9
        assert code_matches(code.lower(), keys, "v1", *self.content)
        assert not code_matches(code, keys, "v2", *self.content)
        assert not code_matches(code, {}, "v1", *self.content)
        assert not code_matches(code, keys, "v1", self.content[0], 1, 25001, NOW)
        assert not code_matches("", keys, "v1", *self.content)
