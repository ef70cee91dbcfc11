"""Asks collection for channels and their secrets, which it shows by their fingerprints."""

from services.console.apis.asking import Asking, Query
from services.console.channels.schemas import Channel, Channels, Secret, Secrets

#: A channel has a few.
_MOST = 200


async def channels_of(asking: Asking) -> list[Channel]:
    """The channels that are in force. Raises ServiceAway and Refused."""
    return (await asking.get(Channels, "collection", "/v1/channels")).items


async def secrets_of(asking: Asking, channel: str) -> list[Secret]:
    """The secrets of a channel that were made here, the oldest first. Raises ServiceAway and Refused."""
    query: Query = {"channel": channel, "limit": _MOST}
    return (await asking.get(Secrets, "collection", "/v1/channel-secrets", query)).items
