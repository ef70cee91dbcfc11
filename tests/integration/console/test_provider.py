"""Officers sign in at the county's own authorization server (OpenID Connect)."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import text

from services.console.assembly import assemble
from services.console.users import store as users
from services.console.users.keeping import disable, give_password
from services.console.users.rules import UserInvalid
from tests.integration.console.conftest import FIRST, OWN
from tests.integration.console.provider import CLIENT, SECRET, Provider, query_of, serving

TASKS, SIGN_IN = "<h1>待办事项</h1>", "<h1>登录</h1>"
LIWEN = {"sub": "4711", "preferred_username": "李文", "role": "township_officer", "division": "350426101"}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider(claims=dict(LIWEN))
    async with serving(provider):
        yield provider


@pytest.fixture
async def county(console: Any, provider: Provider) -> Any:
    """A console whose officers sign in at the provider."""
    await use(console, provider)
    return console


async def use(console: Any, provider: Provider, **more: str) -> None:
    settings = {
        "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
        "public_url": "http://canbao.test", **more,
    }  # fmt: skip
    for name, value in settings.items():
        setattr(console.context.settings, name, value)
    parts = assemble(console.context)
    await parts.http.aclose()
    console.context.parts.provider, console.context.parts.local = parts.provider, parts.local
    console.context.parts.provider_fault = parts.provider_fault


async def sent_there(browser: Any, page: str = "") -> str:
    """Press the button; where the provider sends the browser back to."""
    there = await browser.http.get("/sign-in-provider", params={"then": page} if page else {})
    async with httpx.AsyncClient(trust_env=False) as outside:
        return (await outside.get(there.headers["location"])).headers["location"]


async def enter(browser: Any, page: str = "") -> httpx.Response:
    return await browser.http.get(await sent_there(browser, page), follow_redirects=True)


async def outcomes(console: Any) -> list[str]:
    async with console.context.engine.connect() as conn:
        return list((await conn.execute(text("SELECT outcome FROM sign_ins ORDER BY sign_in_id"))).scalars())


class TestSigningIn:
    async def test_leads_to_the_page_that_was_asked_for_with_the_rights_of_the_claims(self, county):
        browser = await county.browse()

        asked = await browser.get("approvals/registration")
        arrived = await enter(browser, asked.url.params["then"])

        assert "统一身份认证登录" in asked.text and 'name="password"' not in asked.text
        assert str(arrived.url) == "http://canbao.test/approvals/registration"
        assert "李文" in arrived.text and "350426101" in arrived.text
        claims = jwt.decode(county.sent.tokens[-1], options={"verify_signature": False})
        assert (claims["sub"], claims["role"], claims["division"]) == (
            "李文", "township_officer", "350426101",
        )  # fmt: skip
        assert await outcomes(county) == ["signed_in"]

    async def test_leads_also_to_a_page_far_down_a_list(self, county):
        far = "work/unpaid?season=youxi-2020&division=350426101203&after=" + "a" * 280
        browser = await county.browse()

        asked = await browser.get(far)
        there = await browser.http.get("/sign-in-provider", params={"then": asked.url.params["then"]})

        assert asked.url.params["then"] == far and there.status_code == 303

    async def test_takes_what_the_token_does_not_say_from_what_the_provider_tells(self, county, provider):
        del provider.claims["division"], provider.claims["role"]
        provider.told = {"sub": "4711", "division": "350426", "role": "auditor"}

        assert "350426" in (await enter(await county.browse())).text

    async def test_takes_nothing_from_what_is_told_of_somebody_else(self, county, provider):
        del provider.claims["division"]
        provider.told = {"sub": "4712", "division": "*"}

        assert (await enter(await county.browse())).status_code == 403

    async def test_reads_roles_within_objects_by_the_words_of_the_county(self, county, provider):
        provider.claims |= {"realm_access": {"roles": ["offline_access", "canbao-tax"]}}
        await use(
            county, provider, oidc_role_claim="realm_access.roles", oidc_roles='{"canbao-tax": "tax_officer"}'
        )

        assert "税务局经办人员" in (await enter(await county.browse())).text

    async def test_offers_local_users_only_where_the_setting_says_both(self, county, provider):
        await county.add("liwen", "auditor")
        browser = await county.browse()

        refused = await browser.sign_in("liwen", FIRST)
        await use(county, provider, sign_in="both")
        shown = await browser.get("sign-in")

        assert refused.status_code == 403 and "canbao_session" not in browser.http.cookies
        assert "统一身份认证登录" in shown.text and 'name="password"' in shown.text
        assert TASKS in (await browser.sign_in("liwen", FIRST)).text

    async def test_needs_settings_that_can_be_used_and_opens_no_other_door_without(self, console, provider):
        await console.add("liwen", "auditor")
        await use(console, provider, public_url="canbao.test")
        browser = await console.browse()

        assert "CANBAO_CONSOLE_PUBLIC_URL" in str(await console.context.parts.check_provider())
        assert "设置有误" in (await browser.get("sign-in")).text
        assert (await browser.sign_in("liwen", FIRST)).status_code == 403


class TestDisbelieved:
    @pytest.mark.parametrize(
        "instead",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"iss": "https://evil.test"},
            {"aud": "another-client"},
            {"aud": [CLIENT, "another"], "azp": "another"},
            {"exp": int(time.time()) - 3600},
            {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
        ids=["nonce", "no-nonce", "issuer", "audience", "party", "expired", "access-token"],
    )
    async def test_is_a_token_that_is_not_what_was_asked_for(self, county, provider, instead):
        provider.instead = instead
        browser = await county.browse()

        answer = await enter(browser)

        assert answer.status_code == 403 and "未通过校验" in answer.text
        assert "canbao_session" not in browser.http.cookies
        assert await outcomes(county) == ["disbelieved"]

    async def test_is_a_token_that_somebody_else_signed(self, county, provider):
        provider.signs = rsa.generate_private_key(65537, 2048)

        assert "未通过校验" in (await enter(await county.browse())).text

    async def test_is_a_token_that_the_secret_of_the_client_signed(self, county, provider):
        provider.algorithms = ("HS256", "none")

        assert "未通过校验" in (await enter(await county.browse())).text

    async def test_is_a_provider_that_names_itself_otherwise(self, county, provider):
        browser = await county.browse()
        provider.issuer = provider.issuer.replace("127.0.0.1", "localhost")

        answer = await browser.http.get("/sign-in-provider")

        assert answer.status_code == 403 and "未通过校验" in answer.text


class TestAttempts:
    async def test_end_once(self, county):
        browser = await county.browse()
        back = await sent_there(browser)
        cookie = browser.http.cookies["canbao_attempt"]
        await browser.http.get(back)
        browser.http.cookies.clear()
        browser.http.cookies.set("canbao_attempt", cookie, domain="canbao.test")

        again = await browser.http.get(back)

        assert again.status_code == 403 and "已使用" in again.text
        assert await outcomes(county) == ["signed_in", "no_attempt"]

    async def test_end_in_the_browser_where_they_began(self, county, provider):
        back = await sent_there(await county.browse())
        victim = await county.browse()
        await victim.http.get("/sign-in-provider")

        answer = await victim.http.get(back)

        assert answer.status_code == 403 and "不是在此浏览器中发起" in answer.text
        assert "canbao_session" not in victim.http.cookies
        assert "/token" not in provider.seen

    async def test_end_with_their_own_state(self, county, provider):
        browser = await county.browse()
        back = await sent_there(browser)

        answer = await browser.http.get(back.replace(query_of(back)["state"], "another"))

        assert answer.status_code == 403 and "/token" not in provider.seen

    async def test_end_after_ten_minutes(self, county):
        browser = await county.browse()
        back = await sent_there(browser)
        async with county.context.engine.begin() as conn:
            await conn.execute(text("UPDATE attempts SET started_at = started_at - interval '11 minutes'"))

        assert "已超时" in (await browser.http.get(back)).text

    async def test_that_the_provider_denies_say_so(self, county, provider):
        provider.denies = True

        answer = await enter(await county.browse())

        assert answer.status_code == 403 and "未同意" in answer.text

    async def test_say_to_try_again_while_the_provider_is_down_also_on_the_way_back(self, county, provider):
        browser = await county.browse()
        back = await sent_there(browser)
        provider.down = True

        there = await browser.http.get("/sign-in-provider")
        answer = await browser.http.get(back)

        for one in (there, answer):
            assert one.status_code == 503 and "暂时无法连接" in one.text

    async def test_that_come_too_fast_are_told_to_wait_and_leave_no_rows(self, county, monkeypatch):
        monkeypatch.setattr(county.context.parts.rate, "wait", lambda address: 30)
        browser = await county.browse()

        answer = await browser.http.get("/sign-in-answer?state=x&code=y")

        assert answer.status_code == 429 and "30 秒" in answer.text
        assert not await outcomes(county)

    async def test_lead_nowhere_else(self, county):
        arrived = await enter(await county.browse(), "//evil.test/")

        assert str(arrived.url) == "http://canbao.test/"


class TestClaims:
    @pytest.mark.parametrize(
        ("claims", "says"),
        [
            ({"role": None}, "声明 role，取值为village_agent"),
            ({"role": "chief"}, "声明 role"),
            ({"role": ["tax_officer", "auditor"]}, "auditor、tax_officer 中的一个"),
            ({"division": None}, "声明 division"),
            ({"division": "9x"}, "区划代码有误"),
            ({"role": "department_officer"}, "部门代码"),
            ({"preferred_username": "李 文"}, "不含空格的用户名"),
        ],
        ids=["no-role", "unknown-role", "roles", "no-division", "division", "department", "name"],
    )
    async def test_that_are_missing_are_named_in_a_sentence_and_nobody_is_in(
        self, county, provider, claims, says
    ):
        provider.claims |= claims
        browser = await county.browse()

        answer = await enter(browser)

        assert answer.status_code == 403 and says in answer.text
        assert SIGN_IN in (await browser.get()).text

    async def test_that_change_take_the_former_rights_from_all_sessions(self, county, provider):
        former = await county.browse()
        await enter(former)
        provider.claims["division"] = "350426102"
        now = await county.browse()

        assert "350426102" in (await enter(now)).text
        assert SIGN_IN in (await former.get()).text
        assert TASKS in (await now.get()).text

    async def test_never_make_somebody_another_user_of_the_same_name(self, county, provider):
        await enter(await county.browse())
        provider.claims["sub"] = "4712"

        answer = await enter(await county.browse())

        assert answer.status_code == 403 and "已被他人使用" in answer.text

    async def test_that_come_twice_at_once_for_the_first_time_are_one_user(self, county, monkeypatch):
        await enter(await county.browse())
        real, asked = users.of_provider, []

        async def not_yet_seen(*given: Any) -> Any:
            asked.append(given)
            return await real(*given) if len(asked) > 1 else None

        monkeypatch.setattr(users, "of_provider", not_yet_seen)

        assert TASKS in (await enter(await county.browse())).text
        assert await outcomes(county) == ["signed_in", "signed_in"]

    async def test_that_change_the_name_leave_the_one_that_audits_have(self, county, provider):
        await enter(await county.browse())
        provider.claims["preferred_username"] = "李武"

        arrived = await enter(await county.browse())

        assert "李文" in arrived.text and "李武" not in arrived.text


class TestSessions:
    async def test_are_new_ones_whatever_the_browser_had(self, county):
        browser = await county.browse()
        browser.http.cookies.set("canbao_session", "planted", domain="canbao.test", path="/")
        await enter(browser)
        mine = browser.http.cookies.get("canbao_session", domain="canbao.test")

        thief = await county.browse()
        thief.http.cookies.set("canbao_session", "planted")

        assert mine != "planted"
        assert SIGN_IN in (await thief.get()).text

    async def test_replace_the_former_one_of_the_browser(self, county):
        browser = await county.browse()
        await enter(browser)
        former = browser.http.cookies["canbao_session"]
        await enter(browser)

        other = await county.browse()
        other.http.cookies.set("canbao_session", former)

        assert SIGN_IN in (await other.get()).text
        assert TASKS in (await browser.get()).text

    async def test_end_here_and_at_the_provider_without_a_token_in_the_address(self, county, provider):
        browser = await county.browse()
        await enter(browser)

        out = await browser.send("sign-out")

        way = out.headers["refresh"].removeprefix("0;url=")
        assert way.startswith(f"{provider.issuer}/leave?")
        assert query_of(way) == {
            "client_id": CLIENT, "post_logout_redirect_uri": "http://canbao.test/sign-in?why=out",
        }  # fmt: skip
        assert "canbao_session" not in browser.http.cookies
        assert SIGN_IN in (await browser.get()).text

    async def test_end_here_also_while_the_provider_is_down(self, county, provider):
        browser = await county.browse()
        await enter(browser)
        provider.down = True

        assert "您已退出" in (await browser.send("sign-out")).text

    async def test_end_at_once_when_the_user_is_disabled_here(self, county):
        browser = await county.browse()
        await enter(browser)
        async with county.context.engine.begin() as conn:
            await disable(conn, "李文", True)

        assert SIGN_IN in (await browser.get()).text
        assert "已停用" in (await enter(browser)).text

    async def test_end_also_of_who_has_capitals_in_the_name(self, county, provider):
        provider.claims["preferred_username"] = "LiWen@youxi"
        browser = await county.browse()
        await enter(browser)
        async with county.context.engine.begin() as conn:
            await disable(conn, "LiWen@youxi", True)

        assert SIGN_IN in (await browser.get()).text

    async def test_have_no_password_here_to_change_or_to_guess(self, county, provider):
        browser = await county.browse()
        await enter(browser)

        assert (await browser.get("password")).status_code == 404
        async with county.context.engine.begin() as conn:
            with pytest.raises(UserInvalid):
                await give_password(conn, "李文", OWN)
        await use(county, provider, sign_in="both")
        for password in ("nobody", "None", FIRST):
            assert "用户名或密码有误" in (await (await county.browse()).sign_in("李文", password)).text
