"""Adds and changes users, as `canbao user` asks; whoever is disabled or gets a new password is signed out."""

from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncConnection

from services.console.session import store as sessions
from services.console.users import store
from services.console.users.hashing import hash_of
from services.console.users.rules import (
    Place,
    UserInvalid,
    check_password,
    checked_name,
    checked_place,
)
from services.console.users.store import Known

#: What is on record of whom an operator locks and unlocks.
DISABLED, ENABLED = "disabled", "enabled"
#: Instead of an address: `canbao user` did it, on the machine of the database.
HERE = "canbao user"


async def add_user(
    conn: AsyncConnection, name: str, place: Place, password: str, must_change: bool = True
) -> None:
    """Add a user. Raises UserInvalid, also where the name is taken."""
    name, place = checked_name(name), checked_place(place)
    check_password(password, name)
    if await store.add(conn, name, await hash_of(password), asdict(place), must_change) is None:
        raise UserInvalid(f"There is a user {name} already.", f"用户 {name} 已存在。")


async def give_password(conn: AsyncConnection, name: str, password: str) -> None:
    """Give a user another password, to be changed at once; a lock-out ends. Raises UserInvalid."""
    user = await known(conn, name)
    if user.issuer is not None:
        raise UserInvalid(
            f"{user.name} signs in at the authorization server and has no password here.",
            f"{user.name} 通过统一身份认证登录，在本系统没有密码。",
        )
    check_password(password, user.name)
    await store.set_password(conn, user.user_id, await hash_of(password), must_change=True)
    await sessions.end_all(conn, user.user_id)
    await sessions.forget_failures(conn, user.name)


async def disable(
    conn: AsyncConnection, name: str, disabled: bool, by_user_id: int | None = None, address: str = HERE
) -> None:
    """Let a user sign in no more, at once; or again, on record with who did it. Raises UserInvalid."""
    user = await known(conn, name)
    await store.set_disabled(conn, user.user_id, disabled)
    if disabled:
        await sessions.end_all(conn, user.user_id)
    if disabled != (user.disabled_at is not None):
        await sessions.record(conn, user.user_id, DISABLED if disabled else ENABLED, address, by_user_id)


async def end_sessions(conn: AsyncConnection, user_id: int, by_user_id: int, address: str) -> None:
    """Sign a user out everywhere, on record, where the user is in at all; and may sign in again."""
    if await sessions.end_all(conn, user_id):
        await sessions.record(conn, user_id, "sessions_ended", address, by_user_id)


async def known(conn: AsyncConnection, name: str) -> Known:
    """Find a user by name. Raises UserInvalid."""
    # An authorization server has names with capitals; local ones have none, however they are typed.
    user = await store.find(conn, name.strip()) or await store.find(conn, name.strip().lower())
    if user is None:
        raise UserInvalid(
            f"There is no user {name}; `canbao user list` has all.",
            f"没有用户 {name}，可用 canbao user list 查看。",
        )
    return user
