"""Puts the mini-program together with the keys of a data directory, and serves it until a signal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click
import httpx

from canbao.definitions import SERVICES
from canbao.embedded_state import EmbeddedState
from canbao.miniprogram.app import Program, application
from canbao.miniprogram.backend import Backend, Place
from canbao.miniprogram.wallet import Wallet
from canbao.process import Stopping, bind, run, serve_until
from canbao.simulator.wechat import WeChatSender
from libs.common.policy import load_all
from libs.common.security.scopes import ROLES
from libs.common.settings import CommonSettings, SettingInvalid

_ROLE = "mini_program"
_LIFETIME = timedelta(minutes=5)
#: Who tells of the money: the wallet of the embedded default.
_CHANNEL = "wechat"


def serve(
    settings: CommonSettings,
    data_dir: Path,
    url: str,
    port: int,
    app: tuple[str, int, str],
    at: datetime | None,
) -> None:
    """Serve the pages; `app` is county, coverage year and channel of the notice. Raises SettingInvalid."""
    county, year, channel = app
    notice = load_all(settings.policies_dir).get((county, year))
    if notice is None or channel not in {one.code for one in notice.document.channels}:
        raise SettingInvalid(f"no notice of {county} {year} has a channel {channel}")
    state, below = EmbeddedState(data_dir), url + SERVICES["collection"].prefix
    listening = bind("127.0.0.1", port)
    place = Place(county, year, _CHANNEL)
    named = notice.document.notice.place

    async def answer(stopping: Stopping) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            backend = Backend(http, below, _token(settings, state, channel), place, at)
            wallet = Wallet(http, below, WeChatSender.of(state.wechat()))
            program = Program(backend, wallet, named.zh, named.en)
            click.echo(f"The mini-program 小程序: http://127.0.0.1:{listening.getsockname()[1]}/", err=True)
            await serve_until(stopping, application(program), listening)

    run(answer)


def _token(settings: CommonSettings, state: EmbeddedState, channel: str) -> Callable[[], str]:
    """Sign a token of a few minutes for each request, as the app of one channel."""
    key, audience, issuer = state.signing_key(), settings.token_audience, settings.token_issuer

    def sign() -> str:
        return key.issue(
            "demo-mini-program", ROLES[_ROLE], "*", _ROLE, _LIFETIME, audience, issuer, channel=channel
        )

    return sign
