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
from services.console.provider.asking import Provider
from services.console.provider.rules import Terms, terms_of
from services.console.settings import ConsoleSettings

#: What the rooms of the console are given.
ConsoleContext = ServiceContext[ConsoleSettings, "ConsoleParts"]

#: Passwords that are compared at once, in one process: each takes a core and 64 MiB.
_HASHED_AT_ONCE = 2


@dataclass
class ConsoleParts:
    """What asks the APIs and the provider, what slows down guesses, and what is wrong with settings."""

    http: httpx.AsyncClient
    tokens: Tokens
    apis: Apis
    rate: AddressRate
    #: The county's authorization server; None where officers are local users.
    provider: Provider | None = None
    #: Whether local users may sign in.
    local: bool = True
    fault: str | None = None
    provider_fault: str | None = None
    calling: Calling = field(default_factory=Calling)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_HASHED_AT_ONCE))

    async def check_apis(self) -> str | None:
        """Say why the APIs cannot be found."""
        return self.fault

    async def check_provider(self) -> str | None:
        """Say what is wrong with the settings of the authorization server."""
        return self.provider_fault


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
    terms, provider_fault = _terms(settings)
    return ConsoleParts(
        http,
        tokens,
        Apis(found, tokens, http, context.clock, settings.figures_seconds),
        AddressRate("sign-ins", settings.sign_ins_per_minute),
        provider=Provider(terms) if terms else None,
        # Settings that cannot be used open no other door.
        local=terms.both if terms else provider_fault is None,
        fault=fault,
        provider_fault=provider_fault,
    )


def _terms(settings: ConsoleSettings) -> tuple[Terms | None, str | None]:
    try:
        return terms_of(settings), None
    except SettingInvalid as error:
        return None, str(error)
