"""Refuses what comes faster than anybody needs: of one token, and of one address, within a minute.

Each service counts for itself in each process, so several instances allow several times as much. The proxies
that are believed stand for many addresses, and are not counted: what they say a request comes from is.
"""

from collections.abc import Mapping
from typing import Any

from libs.common.observability.metrics import ServiceMetrics
from libs.common.security.caller import Caller
from libs.common.security.rates import AddressRate, Rate, is_listed
from libs.common.security.scopes import OF_MANY
from libs.common.settings import CommonSettings
from libs.common.web.catalogue import TOO_MANY_REQUESTS
from libs.common.web.problems import Problem

#: Who asks for many, a backend or a unit's list, may ask so many times as often as a person at a desk.
BACKEND_FACTOR = 4


class Throttle:
    """The rates of one service in one process; `of_address` and `of_token` raise Problem 429."""

    def __init__(self, settings: CommonSettings, metrics: ServiceMetrics) -> None:
        a_minute = settings.token_requests_per_minute
        self._address = AddressRate("address", settings.address_requests_per_minute)
        self._token = Rate("token", a_minute)
        self._backend = Rate("backend", a_minute * BACKEND_FACTOR)
        self._proxies = settings.proxies
        self._refused = metrics.counter(
            "canbao_requests_throttled", "Requests that came too fast.", ["rate"]
        ).labels

    def of_address(self, scope: Mapping[str, Any]) -> None:
        """Count a request of an address that is no proxy."""
        self.count(self._address, "address", scope)

    def of_token(self, caller: Caller) -> None:
        """Count a request of whom a token names."""
        name, rate = ("backend", self._backend) if any(map(caller.may, OF_MANY)) else ("token", self._token)
        self._answer(name, rate.wait(caller.subject))

    def count(self, rate: AddressRate, name: str, scope: Mapping[str, Any]) -> None:
        """Count a request of an address by a rate of its own."""
        address = (scope.get("client") or ("unknown",))[0]
        if not is_listed(address, self._proxies):
            self._answer(name, rate.wait(address))

    def _answer(self, name: str, seconds: int | None) -> None:
        if seconds is not None:
            self._refused(name).inc()
            raise too_many_requests(seconds)


def too_many_requests(seconds: int) -> Problem:
    """The answer to who asks too fast."""
    return TOO_MANY_REQUESTS.problem(headers={"retry-after": str(seconds)})
