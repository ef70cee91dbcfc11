"""Calls go where an operator meant them to, and to no other machine of the network."""

import asyncio
from ipaddress import ip_address

import httpx
import pytest

from libs.common.settings import SettingInvalid
from libs.common.web import outbound as outgoing
from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound, networks_of

NAMES = {
    "hooks.example.cn": ["93.184.216.34"],
    "inside.example.cn": ["10.1.2.3"],
    "both.example.cn": ["93.184.216.34", "127.0.0.1"],
    "metadata.example.cn": ["169.254.169.254"],
}


async def lookup(host, port):
    if host not in NAMES:
        raise OSError("nobody")
    return [ip_address(one) for one in NAMES[host]]


def outbound(networks="", answer=lambda request: httpx.Response(204)):
    seen = []

    def handle(request):
        seen.append(request)
        return answer(request)

    return Outbound(networks_of(networks), httpx.MockTransport(handle), lookup), seen


class TestACall:
    async def test_goes_to_the_address_that_was_looked_at_under_its_own_name(self):
        caller, seen = outbound()
        answered = await caller.call("POST", "https://hooks.example.cn:8443/a?b=1", {}, b"x")
        assert answered.status == 204
        assert str(seen[0].url) == "https://93.184.216.34:8443/a?b=1"
        assert seen[0].headers["host"] == "hooks.example.cn:8443"
        assert seen[0].extensions["sni_hostname"] == "hooks.example.cn"

    @pytest.mark.parametrize("host", ["inside.example.cn", "both.example.cn", "metadata.example.cn"])
    async def test_reaches_no_machine_of_the_own_network(self, host):
        caller, seen = outbound()
        with pytest.raises(NotSent, match="address_internal"):
            await caller.call("POST", f"https://{host}/", {})
        assert seen == []

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "0.0.0.0", "100.64.0.1", "192.88.99.1", "224.0.1.1", "255.255.255.255"),
            *("::1", "::", "::10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "64:ff9b:1::1"),
            *("2002:a01:203::1", "2001::1", "fe80::1", "fec0::1", "fd00::1", "ff0e::1"),
        ],
    )
    async def test_reaches_nothing_but_machines_of_the_open_internet(self, address, monkeypatch):
        monkeypatch.setitem(NAMES, "strange.example.cn", [address])
        caller, seen = outbound()
        with pytest.raises(NotSent, match="address_internal"):
            await caller.allowed(httpx.URL("https://strange.example.cn/"))
        assert seen == []

    async def test_reaches_machines_of_the_open_internet_by_either_version(self, monkeypatch):
        monkeypatch.setitem(NAMES, "six.example.cn", ["2606:2800:220:1:248:1893:25c8:1946"])
        caller, seen = outbound()
        assert (await caller.call("POST", "https://six.example.cn/", {})).status == 204
        assert seen[0].url.host == "2606:2800:220:1:248:1893:25c8:1946"

    async def test_reaches_one_that_is_listed_even_without_tls(self):
        caller, seen = outbound("10.1.0.0/16, 192.168.7.0/24")
        assert (await caller.call("POST", "http://inside.example.cn/", {})).status == 204
        assert len(seen) == 1

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://hooks.example.cn/", "not_encrypted"),
            ("https://nobody.example.cn/", "name_unknown"),
            ("ftp://hooks.example.cn/", "not_an_address"),
            ("https://hooks.example.cn:port/", "not_an_address"),
        ],
    )
    async def test_that_cannot_be_made_says_why(self, url, why):
        caller, _ = outbound()
        with pytest.raises(NotSent, match=why):
            await caller.call("POST", url, {})

    async def test_with_a_header_that_cannot_be_sent_never_leaves(self):
        caller, seen = outbound()
        with pytest.raises(NotSent, match="not_a_header"):
            await caller.call("POST", "https://hooks.example.cn/", {"authorization": "Bearer 密钥"})
        assert seen == []

    async def test_follows_no_redirect(self):
        caller, seen = outbound(
            answer=lambda request: httpx.Response(302, headers={"location": "https://inside.example.cn/"})
        )
        assert (await caller.call("POST", "https://hooks.example.cn/", {})).status == 302
        assert len(seen) == 1

    async def test_tells_what_never_left_from_what_may_have_arrived(self):
        def refused(request):
            raise httpx.ConnectError("closed", request=request)

        def silent(request):
            raise httpx.ReadTimeout("nothing", request=request)

        with pytest.raises(NotSent):
            await outbound(answer=refused)[0].call("POST", "https://hooks.example.cn/", {})
        with pytest.raises(AnswerUnknown):
            await outbound(answer=silent)[0].call("POST", "https://hooks.example.cn/", {})

    async def test_ends_also_where_the_answer_never_does(self, monkeypatch):
        class Dripping(httpx.AsyncByteStream):
            async def __aiter__(self):
                while True:
                    yield b"."
                    await asyncio.sleep(0)

        monkeypatch.setattr(outgoing, "_MOST_SECONDS", 0.01)
        monkeypatch.setattr(outgoing, "_MOST_BYTES", 10**9)
        caller, _ = outbound(answer=lambda request: httpx.Response(200, stream=Dripping()))
        with pytest.raises(AnswerUnknown, match="TimeoutError"):
            await caller.call("POST", "https://hooks.example.cn/", {})


def test_a_network_that_cannot_be_read_is_named():
    with pytest.raises(SettingInvalid, match="CANBAO_INTERNAL_NETWORKS"):
        networks_of("10.1.2.3/16")
