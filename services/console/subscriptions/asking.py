"""Asks webhooks for a subscription and the log of what it was told."""

from services.console.apis.asking import Asking, Query
from services.console.subscriptions.schemas import Deliveries, Subscription
from services.console.worklists.rules import ON_A_PAGE

API = "/v1/subscriptions"


async def subscription_at(asking: Asking, subscription_id: int) -> Subscription:
    """One subscription. Raises ServiceAway and Refused."""
    return await asking.get(Subscription, "webhooks", f"{API}/{subscription_id}")


async def deliveries_of(asking: Asking, subscription_id: int, state: str, after: str) -> Deliveries:
    """A page of its log, of one state where one is chosen. Raises ServiceAway and Refused."""
    query: Query = {
        "limit": ON_A_PAGE, **({"state": state} if state else {}), **({"after": after} if after else {}),
    }  # fmt: skip
    return await asking.get(Deliveries, "webhooks", f"{API}/{subscription_id}/deliveries", query)
