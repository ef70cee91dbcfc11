"""Gathers what operators see of users: who is in, who was last, and who is locked out by wrong passwords."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.guesses import FAILURES_WITHOUT_TOKEN, LockedOut, locked_out
from services.console.session import store as sessions
from services.console.session.rules import Visitor, tried_of
from services.console.session.store import Last, Open
from services.console.settings import ConsoleSettings
from services.console.users import store
from services.console.users.keeping import DISABLED
from services.console.users.rules import is_below
from services.console.users.store import User

#: Outcomes on record that the page shows.
SIGNED_IN, SESSIONS_ENDED = "signed_in", "sessions_ended"
#: So many lock-outs are looked at: whoever guesses from everywhere need not fill the page.
_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A user, with the sessions that are open now, the last sign-in, and a lock-out by wrong passwords."""

    user: User
    open: Open | None
    signed_in_at: datetime | None
    ended: Last | None
    locked: LockedOut | None
    #: Who let the user sign in no more, where a user did.
    disabled: Last | None


@dataclass(frozen=True, slots=True)
class Seen:
    """All users below a visitor; beside them which addresses and how many unknown names are locked out."""

    entries: list[Entry]
    addresses: list[LockedOut]
    unknown: int

    @property
    def locked(self) -> list[Entry]:
        """The users who are locked out, longest first."""
        found = [(one.locked.since, one) for one in self.entries if one.locked is not None]
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]


async def seen_by(conn: AsyncConnection, visitor: Visitor, settings: ConsoleSettings) -> Seen:
    """Gather it. Of a name that nobody has only a digest is known, and none of it is told."""
    users = await store.every(conn)
    opened = {
        one.user_id: one
        for one in await sessions.open_of_users(conn, settings.idle_minutes, settings.session_hours)
    }
    signed_in = {one.user_id: one.at for one in await sessions.last_of_users(conn, SIGNED_IN)}
    disabled = {one.user_id: one for one in await sessions.last_of_users(conn, DISABLED)}
    ended = {one.user_id: one for one in await sessions.last_of_users(conn, SESSIONS_ENDED)}
    out = {one.about: one for one in await locked_out(conn, FAILURES_WITHOUT_TOKEN, _AT_MOST)}
    locked = {one.user_id: out.pop(about) for one in users if (about := _about(one)) in out}
    entries = [
        Entry(
            one, opened.get(one.user_id), signed_in.get(one.user_id), ended.get(one.user_id),
            locked.get(one.user_id), disabled.get(one.user_id) if one.disabled_at else None,
        )
        for one in users
        if is_below(visitor, one.division)
    ]  # fmt: skip
    addresses = [one for one in out.values() if one.counted == "anybody"]
    return Seen(entries, addresses, sum(one.counted == "number" for one in out.values()))


def _about(user: User) -> str:
    """How wrong passwords of a name are counted."""
    return f"number {tried_of(user.name)}"
