"""HTTP of channels as operators see them."""

from fastapi import APIRouter

from services.collection.access import ChannelKeeper, Context
from services.collection.tallies.listing import channels_of
from services.collection.tallies.schemas import ChannelPage

router = APIRouter(prefix="/v1", tags=["channels"])


@router.get("/channels", summary="Channels: how each signs, what was heard of it, and whether it works")
async def list_channels(caller: ChannelKeeper, context: Context) -> ChannelPage:
    """List the channels that are in force: of the own county, and those that counties may share.

    Of secrets their fingerprints and ages alone. Notifications are counted with a delay of a few seconds.
    """
    async with context.engine.connect() as conn:
        found = await channels_of(conn, context, caller.division, context.clock.now())
    return ChannelPage(items=found, next_after=None)
