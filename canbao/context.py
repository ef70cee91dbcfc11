"""Builds what a running service works with from the settings, embedded or production."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import structlog

from canbao.definitions import CONSOLE, SERVICES, AnyDefinition, database_name, definition, local_apis
from canbao.embedded_state import KEY_FILES, SEALING, EmbeddedState
from canbao.keys import are_clear, are_empty, hold_to_keys, hold_to_sealing_key
from canbao.process_metrics import measure_process
from libs.common.bus.port import Bus
from libs.common.clock import Clock, MovableClock, SystemClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.sealing import Sealing
from libs.common.db.silence import REST_SECONDS
from libs.common.observability.logs import keep_tracebacks_plain
from libs.common.policy import Notices
from libs.common.policy.live import LiveNotices
from libs.common.right_of_way import RightOfWay
from libs.common.security.digests import Digests
from libs.common.security.fingerprints import LastingKey
from libs.common.security.tokens import Authenticator
from libs.common.security.wrapping import InstallationKeys, KeyWrapper, given_keys
from libs.common.service import AnyContext, ServiceContext, service_settings
from libs.common.settings import CommonSettings, ServiceSettings, SettingInvalid

log = structlog.get_logger("canbao.context")


class SettingMissing(SettingInvalid):
    """A production process lacks a setting that only the embedded default may make up."""


class BusUnreachable(Exception):
    """The broker, or the database of the embedded bus, did not answer for a minute."""


def load_all_notices(settings: CommonSettings) -> LiveNotices:
    """Load the notices of `policies_dir`, by (county, year); faulty files are named and left out.

    Raises NoticeInvalid when no file is valid.
    """
    return LiveNotices(settings.policies_dir)


def make_clock(settings: CommonSettings) -> Clock:
    """Give the wall clock, or the one that follows each request."""
    return MovableClock() if settings.clock == "movable" else SystemClock()


def make_bus(settings: CommonSettings, embedded_url: str | None) -> Bus:
    """Give the bus of the settings; `embedded_url` is the database of the embedded one."""
    if settings.bus == "kafka":
        from libs.common.bus.kafka.bus import KafkaBus
        from libs.common.bus.kafka.connecting import connection_of

        return KafkaBus(settings.kafka_bootstrap, **connection_of(settings))
    if embedded_url is None:
        raise SettingMissing("the embedded bus needs CANBAO_BUS_DATABASE_URL, or set CANBAO_BUS=kafka")
    from libs.common.bus.postgres.bus import PostgresBus

    return PostgresBus(embedded_url)


def make_context(
    service: AnyDefinition,
    settings: ServiceSettings,
    *,
    bus: Bus,
    clock: Clock,
    notices: Notices,
    authenticator: Authenticator,
    digests: Digests,
    wrapper: KeyWrapper,
    ping: bool = True,
) -> AnyContext:
    """Build a context with an engine of its own; without `ping` for a server that is never started anew."""
    if settings.database_url is None:
        raise SettingMissing(f"CANBAO_{service.name.upper()}_DATABASE_URL is not set")
    return ServiceContext(
        name=service.name,
        settings=settings,
        engine=create_engine(
            settings.database_url,
            name=f"canbao-{service.name}",
            sealing=Sealing(wrapper),
            ping=ping,
            rest_seconds=REST_SECONDS,
        ),
        bus=bus,
        clock=clock,
        notices=notices,
        authenticator=authenticator,
        digests=digests,
        make_parts=service.make_parts,
    )


@dataclass
class Platform:
    """What the services of one process share: databases, bus, clock, notices and keys.

    `async with Platform(settings) as platform` starts the embedded server when a database URL is missing, and
    stops it at the end. With `join` it uses the server of another process on the same data directory; with
    `make` False it makes none where there is no data.
    """

    settings: CommonSettings
    names: Sequence[str] = field(default_factory=lambda: list(SERVICES))
    join: bool = False
    make: bool = True
    server: EmbeddedServer | None = None
    #: Where the console finds the services that run beside it, when no setting says so.
    apis: Mapping[str, str] = field(default_factory=local_apis)
    _right_of_way: RightOfWay = field(default_factory=RightOfWay)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        keep_tracebacks_plain()  # for commands that configure no logging

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self.service_settings = {name: service_settings(definition(name)) for name in self.names}
        given = {name: self.service_settings[name].database_url for name in self.names}
        if self.settings.bus == "embedded":
            given["bus"] = self.settings.bus_database_url
        self.urls = {name: url for name, url in given.items() if url is not None}
        if missing := [name for name in given if name not in self.urls]:
            self.server = EmbeddedServer(
                self.settings.state_dir / "postgresql",
                join=self.join,
                archive=self.settings.archive_dir,
                make=self.make,
            )
            await self._stack.enter_async_context(self.server)
            await self.server.ensure_databases([database_name(name) for name in missing])
            self.urls |= {name: self.server.url(database_name(name)) for name in missing}
        self.state = EmbeddedState(self.settings.state_dir)
        self.bus = make_bus(self.settings, self.urls.get("bus"))
        self.clock = make_clock(self.settings)
        self.notices = load_all_notices(self.settings)
        following = asyncio.create_task(self.notices.follow())
        self._stack.callback(following.cancel)

    async def start_bus(self, patience_seconds: float = 60) -> None:
        """Connect to the bus until the platform is left; a broker that starts at the same time is waited for.

        Raises BusUnreachable.
        """
        self._stack.push_async_callback(self.bus.stop)
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                return await self.bus.start()
            except Exception as error:  # every adapter has errors of its own for "not there yet"
                if time.monotonic() > deadline:
                    raise BusUnreachable(self._bus_advice(error)) from error
                log.warning("bus_unreachable", error=type(error).__name__)
                await self.bus.stop()
                await asyncio.sleep(1)

    def _bus_advice(self, error: Exception) -> str:
        variable = "CANBAO_KAFKA_BOOTSTRAP" if self.settings.bus == "kafka" else "CANBAO_BUS_DATABASE_URL"
        return f"the bus cannot be reached ({type(error).__name__}); is it running, and is {variable} right?"

    async def hold_to_keys(self) -> None:
        """Refuse to go on with a key that a database was not written with, and to make up one that is lost.

        Call it when the databases are migrated, before any context. Raises SettingInvalid.
        """
        if self.server is not None and not self.state.complete:
            beside = await self.server.databases()
            found = {name: self.server.url(database_name(name)) for name in SERVICES}
            found = {name: url for name, url in found.items() if database_name(name) in beside} | self.urls
            stored = [found[name] for name in found if _remembers_keys(name)]
            self.state.may_make, self.state.may_seal = await are_empty(stored), await are_clear(stored)
        for name in filter(_remembers_keys, self.names):
            keys = [self._digests().lasting_key, *definition(name).lasting_keys(self._settings(name))]
            await hold_to_keys(name, self.urls[name], keys, partial(self._place, name))
            await hold_to_sealing_key(name, self.urls[name], self.wrapper(name), self._sealing_place)

    def wrapper(self, name: str) -> KeyWrapper:
        """What wraps the data keys of the service `name`: the keys of its settings, or of a file we made."""

        def read() -> str:
            given = given_keys(self.service_settings[name])
            if given is None:
                self._only_embedded("CANBAO_SEALING_KEYS")
                given = self.state.sealing_keys()
            return given

        return InstallationKeys.from_text(read(), read)

    def change_sealing_key(self, keep: int) -> None:
        """Make a new sealing key beside the newest `keep` ones, or (0) drop all but the newest.

        Raises SettingInvalid where the keys are settings.
        """
        if not self.embedded or given_keys(self.settings) is not None:
            raise SettingInvalid(
                "the sealing keys are yours: put a new one first into CANBAO_SEALING_KEYS, restart the "
                "services, and run `canbao keys rotate` without --sealing-key; then take the old one out"
            )
        self.state.change_sealing_keys(keep)

    @property
    def _sealing_place(self) -> str:
        made_up = self.embedded and given_keys(self.settings) is None
        return str(self.state.data_dir / SEALING.name) if made_up else SEALING.variable

    def _place(self, name: str, key: LastingKey) -> str:
        """Say where the operator puts a key of the service `name`: a variable, or a file we made."""
        given = self.service_settings[name].model_dump(exclude_none=True)
        file = next((file for file in KEY_FILES if file.setting == key.setting), None)
        if file is not None and self.embedded and key.setting not in given:
            return str(self.state.data_dir / file.name)
        return file.variable if file is not None else f"{SERVICES[name].variables}{key.setting.upper()}"

    def context(self, name: str) -> AnyContext:
        """Build the context of the service `name`; its engine is closed when the platform is left."""
        settings = self._settings(name)
        context = make_context(
            definition(name),
            settings,
            bus=self.bus,
            clock=self.clock,
            notices=self.notices,
            authenticator=self._authenticator(),
            digests=self._digests(),
            wrapper=self.wrapper(name),
        )
        context.right_of_way = self._right_of_way
        measure_process(context, self.server)
        self._stack.push_async_callback(context.engine.dispose)
        return context

    @property
    def embedded(self) -> bool:
        """Whether this process made up what nobody configured."""
        return self.server is not None

    def _settings(self, name: str) -> ServiceSettings:
        """What was given for the service `name`, and what the embedded default chose beside it."""
        return self.service_settings[name].model_copy(update=self._made_up(name))

    def _made_up(self, name: str) -> dict[str, object]:
        """The settings that nobody gave and the embedded default may choose."""
        if not self.embedded:
            return {"database_url": self.urls[name]}
        given = self.service_settings[name].model_dump(exclude_none=True)
        if any(key.startswith("wechat_") for key in given):  # half a real merchant is none
            given["wechat_mchid"] = given.get("wechat_mchid")
        chosen: dict[str, object] = dict(self.state.defaults(name, given))
        if name == CONSOLE and "apis" not in given:
            chosen["apis"] = json.dumps(dict(self.apis))
        if name == "collection" and "registration_url" not in given:
            chosen["registration_url"] = self.apis["registration"]
        return chosen | {"database_url": self.urls[name], "data_dir": self.settings.state_dir}

    def _authenticator(self) -> Authenticator:
        source: str | Mapping[str, object] | None = self.settings.jwks
        if source is None:
            self._only_embedded("CANBAO_JWKS")
            source = self.state.signing_key().jwks()
        return Authenticator(source, self.settings.token_audience, self.settings.token_issuer)

    def _digests(self) -> Digests:
        if self.settings.identity_key is not None:
            return Digests.from_base64(self.settings.identity_key)
        self._only_embedded("CANBAO_IDENTITY_KEY")
        return Digests(self.state.identity_key())

    def _only_embedded(self, variable: str) -> None:
        """A key made up beside a configured database would not survive the move to another machine."""
        if not self.embedded:
            raise SettingMissing(f"{variable} is not set, and databases are configured: keys must be, too")


def _remembers_keys(name: str) -> bool:
    """Whether what the service `name` stores belongs to keys; the bus's log does not."""
    return name in SERVICES and "key_fingerprints" in definition(name).metadata.tables
