"""Asks collection for what is parked of one notification."""

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.worklists.operator_schemas import Parked, ParkedNotifications

API = "/v1/parked-notifications"
#: Lines of one notification that are judged again; more than any has.
_MOST = 500


async def parked_of(asking: Asking, notification_id: int) -> list[Parked]:
    """What is parked of it, line by line. Raises ServiceAway, and Refused where nothing is (any more)."""
    query: Query = {"after": str(notification_id - 1), "limit": _MOST}
    found = await asking.get(ParkedNotifications, "collection", API, query)
    lines = [one for one in found.items if one.notification_id == notification_id]
    if not lines:
        raise absent("collection")
    return lines
