"""How fast one source may ask: counted minute by minute in this process, so that a flood costs it little.

No lock: what fails is counted in the database, for all processes (`guesses.py`). A count is a look into a
dict, because the intake takes thousands a second; what a library keeps by key costs ten times as much and a
thread. A minute begins for all at once, so around its turn twice as many may pass.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

#: A household has a network of its own in IPv6, and may take any address in it.
_IPV6_NETWORK_BITS = 64
_MINUTE = 60.0
_REMEMBERED = 4096


class Rate:
    """Counts by source, and refuses more than `per_minute`; 0 refuses nothing. Operators read of it once."""

    def __init__(self, name: str, per_minute: int, now: Callable[[], float] = monotonic) -> None:
        self._name, self._limit, self._now = name, per_minute, now
        self._ends = 0.0
        self._counts: dict[str, int] = {}

    def wait(self, source: str) -> int | None:
        """Count a request; None when it may be answered, else the seconds until the next one may."""
        if not self._limit:
            return None
        now = self._now()
        if now >= self._ends:
            self._counts = {}
            self._ends = now + _MINUTE
        count = self._counts[source] = self._counts.get(source, 0) + 1
        if count <= self._limit:
            return None
        if count == self._limit + 1:
            log.warning("too_many_requests", rate=self._name, source=source, per_minute=self._limit)
        return max(1, math.ceil(self._ends - now))


class AddressRate(Rate):
    """The same by address, of IPv6 by its network."""

    def wait(self, source: str) -> int | None:
        """Count a request of an address; None when it may be answered, else the seconds to wait."""
        return super().wait(network_of(source))


@lru_cache(_REMEMBERED)
def network_of(address: str) -> str:
    """The address, of IPv6 its network; what is none stays as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))
    return address


@lru_cache(_REMEMBERED)
def is_listed(address: str, listed: str) -> bool:
    """Whether an address is one of those, or in one of the networks, that a text has between commas."""
    return any(_holds(one.strip(), address) for one in listed.split(","))


def _holds(one: str, address: str) -> bool:
    if one == address:
        return True
    try:
        return ip_address(address) in ip_network(one)
    except ValueError:
        return False
