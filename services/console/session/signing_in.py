"""Signs in and out, and changes a password. Wrong ones are counted, and lock out for a while."""

from dataclasses import dataclass

from libs.common.security.guesses import FAILURES_WITHOUT_TOKEN, PublicGuess, failed, refusal
from services.console.assembly import ConsoleContext
from services.console.session import store
from services.console.session.rules import Visitor, digest_of, new_secret, tried_of
from services.console.users import store as users
from services.console.users.hashing import hash_of, matches
from services.console.users.rules import LONGEST_PASSWORD, UserInvalid, check_password


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an attempt ended: `secret` is for the browser, where it did well."""

    outcome: str
    secret: str = ""
    wait_seconds: int = 0


async def sign_in(context: ConsoleContext, name: str, password: str, address: str) -> SignIn:
    """Compare a password, and begin a session where it is right."""
    if (wait := context.parts.rate.wait(address)) is not None:
        return SignIn("locked", wait_seconds=wait)
    # One at a time counts before the next is looked at: whoever tries many at once gets no more tries.
    async with context.parts.hashing:
        return await _compared(context, name.strip().lower(), password[: LONGEST_PASSWORD + 1], address)


async def _compared(context: ConsoleContext, name: str, password: str, address: str) -> SignIn:
    guess = _guess(name, address)
    async with context.engine.begin() as conn:
        user = await users.find(conn, name)
        known = user.user_id if user else None
        if (locked := await refusal(conn, guess)) is not None:
            await store.record(conn, known, "locked", address)
            return SignIn("locked", wait_seconds=int(locked.headers["retry-after"]))
    right = await matches(password, user.password if user else None)
    async with context.engine.begin() as conn:
        if user is None or not right:
            await failed(conn, guess)
            await store.record(conn, known, "wrong", address)
            return SignIn("wrong")
        if user.disabled_at is not None:
            await store.record(conn, user.user_id, "disabled", address)
            return SignIn("disabled")
        await store.forget_ended(conn, context.settings.idle_minutes, context.settings.session_hours)
        secret = new_secret()
        if not await store.start(conn, digest_of(secret), user.user_id, user.password):
            await store.record(conn, user.user_id, "wrong", address)
            return SignIn("wrong")
        await store.record(conn, user.user_id, "signed_in", address)
    return SignIn("signed_in", secret)


def _guess(name: str, address: str) -> PublicGuess:
    """What a wrong password counts towards: the address, and the name whoever tries."""
    return PublicGuess(address, FAILURES_WITHOUT_TOKEN, tried_of(name))


async def sign_out(context: ConsoleContext, visitor: Visitor) -> None:
    """End the session."""
    async with context.engine.begin() as conn:
        await store.end(conn, visitor.session_digest)


async def change_password(
    context: ConsoleContext, visitor: Visitor, former: str, new: str, address: str
) -> SignIn:
    """Change the own password; all sessions end, and a new one begins. Raises UserInvalid."""
    check_password(new, visitor.name, former)
    async with context.parts.hashing:
        guess = _guess(visitor.name, address)
        async with context.engine.begin() as conn:
            user = await users.find(conn, visitor.name)
            if (locked := await refusal(conn, guess)) is not None:
                return SignIn("locked", wait_seconds=int(locked.headers["retry-after"]))
        if user is None or user.password is None or not await matches(former, user.password):
            async with context.engine.begin() as conn:
                await failed(conn, guess)
            raise UserInvalid("The present password is wrong.", "现用密码有误。")
        hashed, secret = await hash_of(new), new_secret()
    async with context.engine.begin() as conn:
        if not await users.replace_password(conn, user.user_id, user.password, hashed):
            raise UserInvalid("The present password is wrong.", "现用密码有误。")
        await store.end_all(conn, user.user_id)
        await store.start(conn, digest_of(secret), user.user_id, hashed)
        await store.record(conn, user.user_id, "password_changed", address)
    return SignIn("signed_in", secret)
