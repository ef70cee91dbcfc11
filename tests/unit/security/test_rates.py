"""One address asks only so fast, and a network of IPv6 counts as one."""

from libs.common.security.rates import AddressRate, network_of


class TestAddressRate:
    def test_lets_so_many_pass_and_then_says_how_long_to_wait(self):
        rate = AddressRate(2)
        assert [rate.wait("192.0.2.1") for _ in range(2)] == [None, None]

        seconds = rate.wait("192.0.2.1")

        assert seconds is not None and 0 < seconds <= 60
        assert rate.wait("192.0.2.2") is None

    def test_counts_all_addresses_of_a_household_together(self):
        rate = AddressRate(1)
        assert rate.wait("2001:db8:1:2::5") is None

        assert rate.wait("2001:db8:1:2:ffff::1") is not None
        assert rate.wait("2001:db8:1:3::5") is None


def test_what_is_no_address_counts_as_it_is():
    assert network_of("unknown") == "unknown" and network_of("::ffff:192.0.2.1") == "::ffff:192.0.2.1"
