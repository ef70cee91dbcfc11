"""Users in the database."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_one_as, fetch_value, statement
from services.console.users.rules import Place


@dataclass(frozen=True, slots=True)
class User:
    """A user without the password."""

    user_id: int
    name: str
    role: str
    division: str
    department: str
    unit: str
    must_change: bool
    disabled_at: datetime | None
    #: The authorization server that knows the user; None: a local one.
    issuer: str | None

    @property
    def place(self) -> Place:
        """Role, division and what belongs to them."""
        return Place(self.role, self.division, self.department, self.unit)


@dataclass(frozen=True, slots=True)
class Known(User):
    """A user with the hash of the password, where there is one."""

    password: str | None


_COLUMNS = "user_id, name, role, division, department, unit, must_change, disabled_at, issuer"
_ADD = statement("""
    INSERT INTO users (name, password, role, division, department, unit, must_change, created_at, password_at)
    VALUES (:name, :password, :role, :division, :department, :unit, :must_change,
            clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO NOTHING RETURNING user_id
""")
_LIST = statement(f"SELECT {_COLUMNS} FROM users ORDER BY name")
_FIND = statement(f"SELECT {_COLUMNS}, password FROM users WHERE name = :name")
_OF_PROVIDER = statement(
    f"SELECT {_COLUMNS} FROM users WHERE issuer = :issuer AND subject = :subject FOR UPDATE"
)
_ADD_OF_PROVIDER = statement("""
    INSERT INTO users (name, role, division, department, unit, must_change, created_at, password_at,
        issuer, subject)
    VALUES (:name, :role, :division, :department, :unit, false, clock_timestamp(), clock_timestamp(),
        :issuer, :subject)
    ON CONFLICT DO NOTHING RETURNING user_id
""")
_SET_PLACE = statement("""
    UPDATE users SET role = :role, division = :division, department = :department, unit = :unit
    WHERE user_id = :user_id
""")
_SET_PASSWORD = statement("""
    UPDATE users SET password = :password, must_change = :must_change, password_at = clock_timestamp()
    WHERE user_id = :user_id
""")
# Another one may have been given while this one was compared.
_REPLACE_PASSWORD = statement("""
    UPDATE users SET password = :password, must_change = false, password_at = clock_timestamp()
    WHERE user_id = :user_id AND password = :former AND disabled_at IS NULL RETURNING user_id
""")
_DISABLE = statement("""
    UPDATE users SET disabled_at = CASE WHEN :disabled THEN coalesce(disabled_at, clock_timestamp()) END
    WHERE user_id = :user_id
""")


async def add(
    conn: AsyncConnection, name: str, password: str, place: dict[str, str], must_change: bool
) -> int | None:
    """Add a user; None where the name is taken."""
    return await fetch_value(conn, int, _ADD, name=name, password=password, must_change=must_change, **place)


async def every(conn: AsyncConnection) -> list[User]:
    """All users, by name."""
    return await fetch_as(conn, User, _LIST)


async def find(conn: AsyncConnection, name: str) -> Known | None:
    """The user of a name."""
    return await fetch_one_as(conn, Known, _FIND, name=name)


async def of_provider(conn: AsyncConnection, issuer: str, subject: str) -> User | None:
    """The user whom an authorization server knows by a subject; nobody else changes it meanwhile."""
    return await fetch_one_as(conn, User, _OF_PROVIDER, issuer=issuer, subject=subject)


async def add_of_provider(
    conn: AsyncConnection, name: str, place: Place, issuer: str, subject: str
) -> int | None:
    """Add a user whom an authorization server knows; None where the name is taken."""
    return await fetch_value(
        conn, int, _ADD_OF_PROVIDER, name=name, issuer=issuer, subject=subject, **asdict(place)
    )


async def set_place(conn: AsyncConnection, user_id: int, place: Place) -> None:
    """Replace role, division and what belongs to them."""
    await execute(conn, _SET_PLACE, user_id=user_id, **asdict(place))


async def set_password(conn: AsyncConnection, user_id: int, password: str, must_change: bool) -> None:
    """Replace the hash of a password."""
    await execute(conn, _SET_PASSWORD, user_id=user_id, password=password, must_change=must_change)


async def replace_password(conn: AsyncConnection, user_id: int, former: str, password: str) -> bool:
    """Replace a hash that was compared by one of the user's own; False when it is theirs no more."""
    values = {"user_id": user_id, "former": former, "password": password}
    return await fetch_value(conn, int, _REPLACE_PASSWORD, **values) is not None


async def set_disabled(conn: AsyncConnection, user_id: int, disabled: bool) -> None:
    """Let a user sign in no more, or again."""
    await execute(conn, _DISABLE, user_id=user_id, disabled=disabled)
