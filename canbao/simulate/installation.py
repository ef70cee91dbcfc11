"""Four services on databases of their own, in this process, for as many lives as one likes."""

import base64
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from canbao.context import load_all_notices, make_bus, make_context
from canbao.definitions import SEASON, definition
from canbao.migrate import migrate_database
from canbao.simulate.counties import Counties
from canbao.simulate.county import County, county_of
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import MovableClock
from libs.common.db.embedded import EmbeddedServer
from libs.common.security.digests import Digests
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from libs.common.security.webhooks import generate_secret
from libs.common.security.wrapping import InstallationKeys
from libs.common.service import AnyContext, service_settings
from libs.common.settings import CommonSettings

#: What the desk of the simulation may do.
_SCOPES = (
    *("registration:read", "registration:write", "registration:decide", "pii:read", "notices:write"),
    *("collection:read", "collection:write", "cash:write", "cash:review"),
    *("subsidy:read", "subsidy:write", "subsidy:approve"),
    *("cards:write", "refunds:write"),
    *("ledger:read", "ledger:close"),
)
_CHANNEL = "tax"


@asynccontextmanager
async def installation(
    databases: dict[str, str] | None = None,
) -> AsyncIterator[tuple[County, Counties, dict[str, str]]]:
    """Give services, their notices and the URLs of their databases.

    Those are fresh ones that are gone afterwards, or migrated ones that nobody has used.
    """
    async with AsyncExitStack() as stack:
        urls = databases or await _fresh(stack)
        key, secret = SigningKey.generate(), generate_secret()
        counties = Counties(load_all_notices(CommonSettings()))
        contexts = _contexts(urls, counties, key, secret)
        county = county_of(
            contexts,
            lambda context: definition(context.name).create_app(context),
            key.issue("desk", list(_SCOPES), "*"),
            WebhookSender(_CHANNEL, (secret,)),
        )
        county.second = key.issue("second", list(_SCOPES), "*")
        for running in county.services.values():
            stack.push_async_callback(running.context.engine.dispose)
            stack.push_async_callback(running.http.aclose)
        yield county, counties, urls


async def _fresh(stack: AsyncExitStack) -> dict[str, str]:
    directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="canbao-simulate-"))
    server = await stack.enter_async_context(EmbeddedServer(Path(directory), durable=False))
    await server.ensure_databases(list(SEASON))
    urls = {name: server.url(name) for name in SEASON}
    for name, url in urls.items():
        await migrate_database(name, url)
    return urls


def _contexts(urls: dict[str, str], notices: Counties, key: SigningKey, secret: str) -> list[AnyContext]:
    common = CommonSettings()
    clock, digests = MovableClock(), Digests(b"\x07" * 32)
    # Nobody starts it: messages are carried by hand.
    bus = make_bus(common, urls["registration"])
    more: dict[str, dict[str, str]] = {
        "collection": {"channels": json.dumps({_CHANNEL: [secret]})},
        "subsidy": {"account_key": base64.b64encode(b"\x05" * 32).decode()},
    }
    return [
        make_context(
            definition(name),
            service_settings(definition(name), database_url=url, clock="movable", **more.get(name, {})),
            bus=bus,
            clock=clock,
            notices=notices,
            authenticator=Authenticator(key.jwks()),
            digests=digests,
            wrapper=InstallationKeys([b"\x08" * 32]),
            ping=False,
        )
        for name, url in urls.items()
    ]
