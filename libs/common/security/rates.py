"""How fast one address may ask what anybody may ask without a token."""

import math
from ipaddress import IPv6Address, ip_address
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

#: A household has a network of its own in IPv6, and may take any address in it.
_IPV6_NETWORK_BITS = 64


class AddressRate:
    """Counts requests by address, in this process: it keeps a flood from the database, and is no lock.

    What fails is counted in the database, for all processes (`guesses.py`).
    """

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def wait(self, address: str) -> int | None:
        """Count a request; None when it may be answered, else the seconds until the next one may."""
        source = network_of(address)
        if self._limiter.hit(self._limit, source):
            return None
        return max(1, math.ceil(self._limiter.get_window_stats(self._limit, source).reset_time - time()))


def network_of(address: str) -> str:
    """The address, of IPv6 its network; what is none stays as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))
    return address
