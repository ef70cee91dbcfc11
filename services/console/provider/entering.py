"""Signs in by the provider: a browser goes there, comes back once, and has a session as others have."""

from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.assembly import ConsoleContext
from services.console.provider import store
from services.console.provider.asking import Provider
from services.console.provider.rules import ATTEMPT_MINUTES, Known, NotEntered, known_of
from services.console.provider.store import Attempt
from services.console.session import store as sessions
from services.console.session.rules import digest_of, new_secret
from services.console.users import store as users

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt: what the browser keeps, and where it goes."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brings back from the provider."""

    attempt: str
    state: str
    code: str
    error: str
    issuer: str


async def begin(context: ConsoleContext, then: str, address: str) -> Begun:
    """Begin an attempt. Raises NotEntered."""
    provider = _provider(context, address)
    metadata = await provider.metadata()
    secret = new_secret()
    attempt = Attempt(new_secret(), new_secret(), new_secret(), then)
    async with context.engine.begin() as conn:
        await store.begin(conn, digest_of(secret), attempt, ATTEMPT_MINUTES)
    return Begun(secret, provider.way_there(metadata, attempt))


async def enter(context: ConsoleContext, answer: Answer, former: str, address: str) -> tuple[str, str]:
    """End an attempt with a new session: its secret, and the page to go on to. Raises NotEntered.

    `former` is the secret of whatever session the browser had: it ends.
    """
    # What comes too fast is not looked at, and not on record either: nobody fills the database by it.
    provider = _provider(context, address)
    try:
        async with context.engine.begin() as conn:
            attempt = await store.take(conn, digest_of(answer.attempt), answer.state, ATTEMPT_MINUTES)
        known = await _known(provider, attempt, answer)
        async with context.engine.begin() as conn:
            user_id = await _user(conn, known, provider.terms.issuer)
            await sessions.forget_ended(conn, context.settings.idle_minutes, context.settings.session_hours)
            await sessions.end(conn, digest_of(former))
            secret = new_secret()
            await sessions.start(conn, digest_of(secret), user_id, None)
            await sessions.record(conn, user_id, "signed_in", address)
    except NotEntered as refused:
        log.warning("not_entered", outcome=refused.outcome)
        async with context.engine.begin() as conn:
            await sessions.record(conn, None, refused.outcome, address)
        raise
    return secret, attempt.then if attempt else ""


async def way_out(context: ConsoleContext) -> str:
    """Where a browser signs out at the provider, too; empty where there is no such place, or it is away."""
    provider = context.parts.provider
    try:
        return provider.way_out(await provider.metadata()) if provider else ""
    except NotEntered:
        return ""


def _provider(context: ConsoleContext, address: str) -> Provider:
    wait = context.parts.rate.wait(address)
    if wait is not None:
        raise NotEntered(
            "locked",
            f"Too many attempts from your address. Try again in {wait} seconds.",
            f"来自您所在网络的登录次数过多，请在 {wait} 秒后再试。",
        )
    if context.parts.provider is None:
        raise NotEntered(
            "no_provider",
            "No authorization server is set. Sign in with your name and password here.",
            "未配置统一身份认证，请用本系统的用户名和密码登录。",
        )
    return context.parts.provider


async def _known(provider: Provider, attempt: Attempt | None, answer: Answer) -> Known:
    if attempt is None:
        raise NotEntered(
            "no_attempt",
            "This sign-in was not begun in this browser, is over, or took too long. Begin again.",
            "本次登录不是在此浏览器中发起的，或已使用、已超时。请重新登录。",
        )
    metadata = await provider.metadata()
    named = answer.issuer or not metadata.authorization_response_iss_parameter_supported
    if answer.error or not answer.code or not named or answer.issuer not in ("", provider.terms.issuer):
        raise NotEntered(
            "denied",
            "The authorization server did not let you in. Sign in again, or ask the operators.",
            "统一身份认证未同意本次登录。请重新登录，或联系系统运维人员。",
        )
    return known_of(await provider.claims(metadata, answer.code, attempt), provider.terms)


async def _user(conn: AsyncConnection, known: Known, issuer: str) -> int:
    """The user of a subject, with the place that the provider has now. Raises NotEntered."""
    user = await users.of_provider(conn, issuer, known.subject)
    if user is None:
        if user_id := await users.add_of_provider(conn, known.name, known.place, issuer, known.subject):
            return user_id
        # Or the same one has begun twice at once, for the first time.
        user = await users.of_provider(conn, issuer, known.subject)
    if user is None:
        raise NotEntered(
            "name_taken",
            f"Somebody else is called {known.name} here. Ask the operators for another name.",
            f"用户名 {known.name} 已被他人使用，请联系系统运维人员更换用户名。",
        )
    if user.disabled_at is not None:
        raise NotEntered(
            "disabled", "This user is disabled; ask your administrator.", "该用户已停用，请联系管理员。"
        )
    if user.place != known.place:
        # Sessions with the former rights end.
        await users.set_place(conn, user.user_id, known.place)
        await sessions.end_all(conn, user.user_id)
    return user.user_id
