"""One source asks only so fast, and a network of IPv6 counts as one."""

import pytest
from structlog.testing import capture_logs

from libs.common.security.rates import AddressRate, Rate, is_listed, network_of


class TestRate:
    def test_lets_so_many_pass_a_minute_and_then_says_how_long_to_wait(self):
        now = [1000.0]
        rate = Rate("token", 2, lambda: now[0])
        assert [rate.wait("li") for _ in range(2)] == [None, None]

        now[0] += 45.5
        assert rate.wait("li") == 15
        assert rate.wait("wang") is None
        now[0] += 15
        assert rate.wait("li") is None

    def test_that_is_zero_refuses_nobody(self):
        rate = Rate("token", 0)

        assert {rate.wait("li") for _ in range(10_000)} == {None}

    def test_is_told_to_operators_once_a_minute_for_each_source(self):
        now = [1000.0]
        rate = Rate("token", 1, lambda: now[0])
        with capture_logs() as logged:
            for _ in range(2):
                for who in ("li", "li", "li", "wang"):
                    rate.wait(who)
                now[0] += 61

        assert [(line["event"], line["source"]) for line in logged] == [("too_many_requests", "li")] * 2


class TestAddressRate:
    def test_counts_all_addresses_of_a_household_together(self):
        rate = AddressRate("address", 1)
        assert rate.wait("2001:db8:1:2::5") is None

        assert rate.wait("2001:db8:1:2:ffff::1") is not None
        assert rate.wait("2001:db8:1:3::5") is None


def test_what_is_no_address_counts_as_it_is():
    assert network_of("unknown") == "unknown" and network_of("::ffff:192.0.2.1") == "::ffff:192.0.2.1"


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("10.1.2.3", "127.0.0.1, 10.1.0.0/16"),
        ("2001:db8::7", "2001:db8::/32"),
    ],
)
def test_a_proxy_is_listed_by_its_address_or_its_network(address, listed):
    assert is_listed(address, listed)
    assert not is_listed("192.0.2.1", listed) and not is_listed(address, "192.0.2.1,nonsense,*")
