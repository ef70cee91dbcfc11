"""One user of the console for each role, so that whoever tries the demo signs in as anybody."""

from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.console_users import in_console
from libs.common.settings import CommonSettings
from services.console.users.keeping import add_user
from services.console.users.rules import ROLES_OF_PEOPLE, Place, new_password

_TOWNSHIP, _VILLAGE, _COUNTY = "620422100", "620422100200", "350426"
#: Those who see less than the two counties of the demo.
_PLACES = {
    "village_agent": Place("village_agent", _VILLAGE),
    "bank_counter": Place("bank_counter", _TOWNSHIP),
    "township_officer": Place("township_officer", _TOWNSHIP),
    "department_officer": Place("department_officer", _COUNTY, department="civil_affairs"),
    "unit_clerk": Place("unit_clerk", _COUNTY, unit="UNIT-1"),
}


async def add_officers(settings: CommonSettings) -> tuple[str, list[str]]:
    """Add a user named after each role; give the password of all, made up for this demo, and the names."""
    password = new_password()

    async def add(conn: AsyncConnection) -> list[str]:
        for role in ROLES_OF_PEOPLE:
            await add_user(conn, role, _PLACES.get(role, Place(role)), password, must_change=False)
        return list(ROLES_OF_PEOPLE)

    return password, await in_console(settings, add)
