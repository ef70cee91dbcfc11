"""The background work of openings: goes on with those under way, and enrolls payers of last year."""

from libs.common.repeating import repeating
from libs.common.service import Worker
from services.registration.seasons.opening import open_step, renew_payers
from services.registration.settings import RegistrationContext

_EVERY_SECONDS = 1.0
#: Who has paid need not wait for long; who cannot be enrolled is looked at each time again.
_RENEWS_EVERY_SECONDS = 15.0


def opening_worker(context: RegistrationContext) -> Worker:
    """Make the worker; any number may run, each on another season."""

    async def work() -> None:
        while await open_step(context) is not None:
            pass

    return repeating("seasons", work, _EVERY_SECONDS)


def renewing(context: RegistrationContext) -> Worker:
    """Make the worker that enrolls whoever was insured the year before and has paid already."""

    async def work() -> None:
        await renew_payers(context)

    return repeating("renewals", work, _RENEWS_EVERY_SECONDS)
