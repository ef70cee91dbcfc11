"""Who signs in to the console, for how long, and what a browser never gets."""

import re

import jwt
import pytest
from sqlalchemy import text

from services.console.session import signing_in
from services.console.users.hashing import matches
from services.console.users.keeping import disable, give_password
from tests.integration.console.conftest import FIRST, OWN

TASKS, SIGN_IN, NEW_PASSWORD = "<h1>待办事项</h1>", "<h1>登录</h1>", "<h1>修改密码</h1>"


async def give_another(conn, name: str) -> None:
    await give_password(conn, name, OWN)


async def disabled(conn, name: str) -> None:
    await disable(conn, name, True)


def and_then(console, change, name: str = "liwen"):
    """Compare a password, and have an operator change the user before it goes on."""

    async def compared(password: str, hashed: str | None) -> bool:
        right = await matches(password, hashed)
        async with console.context.engine.begin() as conn:
            await change(conn, name)
        return right

    return compared


class TestSigningIn:
    async def test_leads_back_to_the_page_that_was_asked_for(self, console):
        await console.add("liwen", "medical_insurance_officer")
        browser = await console.browse()

        asked = await browser.get("approvals/registration?after=12")
        then = asked.url.params["then"]
        arrived = await browser.sign_in("liwen", FIRST, then=then)

        assert SIGN_IN in asked.text and "已失效" not in asked.text
        assert str(arrived.url) == "http://canbao.test/approvals/registration?after=12"

    @pytest.mark.parametrize(
        "then", ["//evil.test/", "https://evil.test/", "\\\\evil.test", "sign-in/../../x"]
    )
    async def test_leads_nowhere_else(self, console, then):
        await console.add("liwen", "auditor")
        browser = await console.browse()

        arrived = await browser.sign_in("liwen", FIRST, then=then)

        assert str(arrived.url) == "http://canbao.test/"

    async def test_the_first_time_asks_for_a_password_of_ones_own(self, console):
        await console.add("liwen", "auditor", must_change=True)
        browser = await console.browse()

        assert NEW_PASSWORD in (await browser.sign_in("liwen", FIRST)).text
        assert NEW_PASSWORD in (await browser.get("approvals/registration")).text
        same = await browser.send("password", former=FIRST, new=FIRST, again=FIRST)
        short = await browser.send("password", former=FIRST, new="short", again="short")
        other = await browser.send("password", former="wrong-password", new=OWN, again=OWN)
        done = await browser.send("password", former=FIRST, new=OWN, again=OWN)

        assert [same.status_code, short.status_code, other.status_code] == [422, 422, 422]
        assert "密码已修改" in done.text and TASKS in done.text
        again = await console.browse()
        assert SIGN_IN in (await again.sign_in("liwen", FIRST)).text
        assert TASKS in (await again.sign_in("liwen", OWN)).text

    async def test_says_the_same_of_a_wrong_password_and_of_a_name_that_nobody_has(self, console):
        await console.add("liwen", "auditor")
        browser = await console.browse()

        wrong = await browser.sign_in("liwen", "not-the-password")
        nobody = await browser.sign_in("nobody", "not-the-password")

        assert wrong.status_code == nobody.status_code == 422
        assert "用户名或密码有误" in wrong.text and "用户名或密码有误" in nobody.text

    async def test_locks_a_name_after_ten_wrong_ones_until_a_new_password_is_given(self, console):
        await console.add("liwen", "auditor")
        browser = await console.browse()
        for _ in range(10):
            await browser.sign_in("liwen", "not-the-password")

        locked = await browser.sign_in("liwen", FIRST)
        scraped = (await browser.get("metrics")).text
        async with console.context.engine.begin() as conn:
            await give_password(conn, "liwen", OWN)
        await _forget_address(console)
        given = await browser.sign_in("liwen", OWN)

        assert locked.status_code == 429 and "暂时锁定" in locked.text
        assert 0 < int(locked.headers["retry-after"]) <= 15 * 60
        assert 'canbao_locked_out{counted="number"} 1.0' in scraped
        assert NEW_PASSWORD in given.text

    async def test_is_on_record_with_what_came_of_it_and_never_with_what_was_typed(self, console):
        await console.add("liwen", "auditor")
        browser = await console.browse()
        await browser.sign_in("liwen", "not-the-password")
        await browser.sign_in("not-the-password", "liwen")
        await browser.sign_in("liwen", FIRST)

        async with console.context.engine.connect() as conn:
            kept = await conn.execute(
                text("SELECT user_id IS NULL AS nobody, outcome FROM sign_ins ORDER BY sign_in_id")
            )

        assert [tuple(row) for row in kept] == [(False, "wrong"), (True, "wrong"), (False, "signed_in")]


class TestSessions:
    async def test_end_by_signing_out_also_for_who_kept_the_cookie(self, console):
        browser = await console.signed_in("auditor")
        cookie = browser.http.cookies["canbao_session"]

        out = await browser.send("sign-out")
        browser.http.cookies.set("canbao_session", cookie)

        assert "您已退出" in out.text
        assert SIGN_IN in (await browser.get()).text

    async def test_end_when_nobody_asked_for_half_an_hour_and_say_so(self, console):
        browser = await console.signed_in("auditor")
        async with console.context.engine.begin() as conn:
            await conn.execute(text("UPDATE sessions SET seen_at = seen_at - interval '31 minutes'"))

        assert "登录已失效" in (await browser.get()).text

    async def test_end_after_ten_hours_however_busy(self, console):
        browser = await console.signed_in("auditor")
        async with console.context.engine.begin() as conn:
            await conn.execute(text("UPDATE sessions SET started_at = started_at - interval '10 hours'"))

        assert SIGN_IN in (await browser.get()).text

    async def test_end_at_once_when_the_user_is_disabled(self, console):
        browser = await console.signed_in("auditor")
        async with console.context.engine.begin() as conn:
            await disable(conn, "auditor", True)

        assert SIGN_IN in (await browser.get()).text
        assert "已停用" in (await browser.sign_in("auditor", FIRST)).text

    async def test_that_are_lost_change_nothing_and_say_so(self, console):
        browser = await console.signed_in("auditor")
        form = {"former": FIRST, "new": OWN, "again": OWN, "form": "x"}
        browser.http.cookies.clear()

        lost = await browser.http.post("/password", data=form)

        assert lost.status_code == 401 and "没有提交" in lost.text
        assert 'href="./sign-in?why=lost&amp;then=password"' in lost.text
        assert TASKS in (await browser.sign_in("auditor", FIRST)).text

    @pytest.mark.parametrize("change", [give_another, disabled])
    async def test_do_not_begin_by_a_password_that_is_replaced_while_it_is_compared(
        self, console, monkeypatch, change
    ):
        await console.add("liwen", "auditor")
        browser = await console.browse()
        monkeypatch.setattr(signing_in, "matches", and_then(console, change))

        tried = await browser.sign_in("liwen", FIRST)

        assert TASKS not in tried.text and "canbao_session" not in browser.http.cookies
        assert SIGN_IN in (await browser.get()).text
        async with console.context.engine.connect() as conn:
            assert not (await conn.execute(text("SELECT count(*) FROM sessions"))).scalar_one()

    async def test_leave_a_password_that_was_given_while_the_own_was_changed(self, console, monkeypatch):
        browser = await console.signed_in("auditor")
        form = await browser.get("password")
        monkeypatch.setattr(signing_in, "matches", and_then(console, give_another, "auditor"))
        proof = re.search(r'name="form" value="(\w+)"', form.text)[1]
        fields = {"form": proof, "former": FIRST, "new": "bright-stone-77", "again": "bright-stone-77"}

        changed = await browser.http.post("/password", data=fields)
        monkeypatch.undo()

        assert changed.status_code == 422 and "现用密码有误" in changed.text
        again = await console.browse()
        assert NEW_PASSWORD in (await again.sign_in("auditor", OWN)).text

    async def test_of_all_browsers_end_by_another_password(self, console):
        browser = await console.signed_in("auditor")
        other = await console.browse()
        await other.sign_in("auditor", FIRST)

        await other.send("password", former=FIRST, new=OWN, again=OWN)
        assert SIGN_IN in (await browser.get()).text and TASKS in (await other.get()).text
        async with console.context.engine.begin() as conn:
            await give_password(conn, "auditor", "bright-stone-77")

        assert SIGN_IN in (await other.get()).text


class TestForms:
    async def test_without_the_proof_of_the_session_do_nothing(self, console):
        browser = await console.signed_in("auditor")

        refused = await browser.http.post("/sign-out", data={"form": "0" * 64})

        assert refused.status_code == 403 and "已失效" in refused.text
        assert TASKS in (await browser.get()).text

    @pytest.mark.parametrize("done", ["approved", "approved.", "approved.0123456789abcdef", "已同意.1"])
    async def test_alone_say_what_was_done_never_a_link_that_somebody_wrote(self, console, done):
        browser = await console.signed_in("auditor")

        assert "已同意，并已执行" not in (await browser.get("", params={"done": done})).text

    async def test_of_another_session_are_not_said_again_here(self, console):
        browser = await console.signed_in("tax_officer", "350426")
        link = str((await browser.send("work/suspense", act="apply")).url)
        assert "done=none." in link

        other = await console.signed_in("auditor", "350426")

        assert "请先勾选" not in (await other.http.get(link)).text

    @pytest.mark.parametrize(
        "header",
        [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.test"}],
    )
    async def test_of_another_site_do_nothing(self, console, header):
        await console.add("liwen", "auditor")
        browser = await console.browse()

        refused = await browser.http.post(
            "/sign-in", data={"name": "liwen", "password": FIRST}, headers=header
        )

        assert refused.status_code == 403
        assert "canbao_session" not in browser.http.cookies


class TestBrowser:
    async def test_gets_no_token_and_nothing_that_a_script_or_another_site_could_use(self, console):
        await console.add("liwen", "medical_insurance_officer", "350426")
        browser = await console.browse()

        entered = await browser.http.post("/sign-in", data={"name": "liwen", "password": FIRST})
        page = await browser.get()

        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "path" not in cookie
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text and "style=" not in page.text
        assert console.sent.tokens and not [token for token in console.sent.tokens if token in page.text]

    async def test_is_asked_for_with_the_role_and_division_of_the_user_for_two_minutes(self, console):
        await console.signed_in("township_officer", "350426101")

        claims = jwt.decode(console.sent.tokens[0], options={"verify_signature": False})

        assert (claims["sub"], claims["role"], claims["division"]) == (
            "township_officer", "township_officer", "350426101",
        )  # fmt: skip
        assert claims["exp"] - claims["iat"] == 120

    async def test_is_asked_for_with_one_token_a_page_however_much_it_asks(self, console, monkeypatch):
        browser = await console.signed_in("township_officer", "350426101")
        tokens, signed = console.context.parts.tokens, []
        sign = tokens.of
        monkeypatch.setattr(tokens, "of", lambda visitor: signed.append(visitor) or sign(visitor))
        console.sent.tokens.clear()

        await browser.get()

        assert len(console.sent.tokens) > 1 and len(signed) == 1


async def _forget_address(console) -> None:
    """The address counts, too: of a test all requests come from one."""
    async with console.context.engine.begin() as conn:
        await conn.execute(text("DELETE FROM failed_guesses WHERE about LIKE 'anybody %'"))
