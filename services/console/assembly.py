"""The parts that the pages of the console share."""

import asyncio
from dataclasses import dataclass, field

import httpx

from libs.common.security.rates import AddressRate
from libs.common.service import ServiceContext
from libs.common.settings import SettingInvalid
from services.console.apis.asking import Apis
from services.console.apis.rules import addresses
from services.console.apis.signing import Tokens
from services.console.persons.calling import Calling
from services.console.settings import ConsoleSettings

#: What the rooms of the console are given.
ConsoleContext = ServiceContext[ConsoleSettings, "ConsoleParts"]

#: Passwords that are compared at once, in one process: each takes a core and 64 MiB.
_HASHED_AT_ONCE = 2


@dataclass
class ConsoleParts:
    """What asks the APIs, what slows down guesses, and where the addresses of the APIs are wrong, why."""

    http: httpx.AsyncClient
    tokens: Tokens
    apis: Apis
    rate: AddressRate
    fault: str | None = None
    calling: Calling = field(default_factory=Calling)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_HASHED_AT_ONCE))

    async def check_apis(self) -> str | None:
        """Say why the APIs cannot be found."""
        return self.fault


def assemble(context: ConsoleContext) -> ConsoleParts:
    """Make the parts of a context; without addresses the console is not ready, and says why."""
    settings = context.settings
    try:
        found, fault = addresses(settings.apis), None
    except SettingInvalid as error:
        found, fault = {}, str(error)
    # What the environment says of proxies is about the world outside; the services are ours.
    http = httpx.AsyncClient(trust_env=False)
    tokens = Tokens(settings.signing_key, settings.token_audience, settings.token_issuer)
    rate = AddressRate("sign-ins", settings.sign_ins_per_minute)
    return ConsoleParts(http, tokens, Apis(found, tokens, http), rate, fault)
