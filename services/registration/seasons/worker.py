"""The background work of openings: while a season is being opened, goes on with it."""

from libs.common.repeating import repeating
from libs.common.service import Worker
from services.registration.seasons.opening import open_step
from services.registration.settings import RegistrationContext

_EVERY_SECONDS = 1.0


def opening_worker(context: RegistrationContext) -> Worker:
    """Make the worker; any number may run, each on another season."""

    async def work() -> None:
        while await open_step(context) is not None:
            pass

    return repeating("seasons", work, _EVERY_SECONDS)
