"""Calls an address that an operator configured, and no other machine of the network by mistake.

The name is looked up once and the address that was looked at is called, so that a name cannot lead elsewhere
afterwards. Addresses that are not of the open internet are refused, unless their network is listed; plain
http goes to listed networks only. No redirect is followed, no proxy of the environment used.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from libs.common.observability import traces
from libs.common.observability.traces import Kind
from libs.common.settings import SettingInvalid

Address = IPv4Address | IPv6Address
#: Looks a name up: every address that it has.
Lookup = Callable[[str, int], Awaitable[Sequence[Address]]]

_SECONDS = 20.0
#: For all of a call, also where an answer comes drop by drop: whoever calls counts on an end.
_MOST_SECONDS = 25.0
#: An answer is a word of the other side, not a document.
_MOST_BYTES = 64 * 1024
_SCHEMES = {"https": 443, "http": 80}
#: What of IPv6 was given out to machines, one each; and ways from one version to the other.
_UNICAST = ip_network("2000::/3")
_TUNNELS = (ip_network("2002::/16"), ip_network("192.88.99.0/24"))


class NotSent(Exception):
    """Nothing has left: the address is refused, unknown or closed. The message is a word for the record."""


class AnswerUnknown(Exception):
    """It may have arrived: there was no answer, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other side answered; names of headers in small letters."""

    status: int
    body: bytes
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def _trusted() -> ssl.SSLContext:
    """Who may say whose an address is. The list is part of the installation, and takes long to read."""
    return httpx.create_ssl_context(trust_env=False)


def networks_of(setting: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read the networks that may be called beside the open internet. Raises SettingInvalid."""
    try:
        return tuple(ip_network(one.strip()) for one in setting.split(",") if one.strip())
    except ValueError:
        raise SettingInvalid(
            "CANBAO_INTERNAL_NETWORKS: networks such as 10.1.0.0/16, separated by commas"
        ) from None


async def look_up(host: str, port: int) -> Sequence[Address]:
    """Every address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Outbound:
    """Calls addresses; `transport` and `lookup` are for tests."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    transport: httpx.AsyncBaseTransport | None = None
    lookup: Lookup = look_up

    async def call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answered:
        """Send a request and give the answer, whatever its status. Raises NotSent or AnswerUnknown."""
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL:
            raise NotSent("not_an_address") from None
        try:
            known = httpx.Headers(headers)
        except UnicodeError:  # of a token that nobody can have given out
            raise NotSent("not_a_header") from None
        with traces.spanning(method, Kind.CLIENT, _said(method, target)) as span:
            answered = await self._send(method, target, known, body)
            if span is not None:
                span.attributes["http.response.status_code"] = answered.status
                span.fault = str(answered.status) if answered.status >= 400 else None
            return answered

    async def _send(
        self, method: str, target: httpx.URL, known: httpx.Headers, body: bytes | None
    ) -> Answered:
        pinned = target.copy_with(host=str(await self.allowed(target)))
        sent = {**known, "host": target.netloc.decode("ascii")}
        extensions = {"sni_hostname": target.raw_host.decode("ascii")}
        try:
            async with (
                asyncio.timeout(_MOST_SECONDS),
                httpx.AsyncClient(
                    transport=self.transport, timeout=_SECONDS, trust_env=False, verify=_trusted()
                ) as client,
                client.stream(method, pinned, headers=sent, content=body, extensions=extensions) as answer,
            ):
                read = b""
                async for chunk in answer.aiter_bytes():
                    read = (read + chunk)[:_MOST_BYTES]
                    if len(read) == _MOST_BYTES:
                        break
                told = dict(answer.headers.items())
                return Answered(answer.status_code, read, told.get("retry-after"), told)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise AnswerUnknown(type(error).__name__) from None

    async def allowed(self, target: httpx.URL) -> Address:
        """Look the name of an address up; give the one to call. Raises NotSent where it may not be called."""
        port = target.port or _SCHEMES.get(target.scheme)
        if port is None or not target.host:
            raise NotSent("not_an_address")
        try:
            found = await self.lookup(target.host, port)
        except (OSError, UnicodeError):
            raise NotSent("name_unknown") from None
        listed = [one for one in found if any(one in network for network in self.networks)]
        if len(listed) != len(found) and not all(_is_open(one) for one in found if one not in listed):
            raise NotSent("address_internal")
        if target.scheme == "http" and len(listed) != len(found):
            raise NotSent("not_encrypted")
        if not found:
            raise NotSent("name_unknown")
        return found[0]


def _said(method: str, target: httpx.URL) -> dict[str, str | int]:
    """What a span says of a call: which machine, and nothing of the path, the query or what is sent."""
    return {"http.request.method": method, "server.address": target.host}


def _is_open(address: Address) -> bool:
    """Whether an address is of one machine of the open internet.

    Multicast is not, nor is what carries an IPv4 address in it (NAT64, 6to4, mapped): it leads wherever that
    one does.
    """
    if address.is_multicast or any(address in tunnel for tunnel in _TUNNELS):
        return False
    return address.is_global and (address.version == 4 or address in _UNICAST)
