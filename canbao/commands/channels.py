"""`canbao channels`: the secrets by which senders sign, changed and tried while the services run."""

import os
from pathlib import Path

import click

from canbao.commands.options import data_dir_option, settings_with

file_option = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of secrets [default: $CANBAO_COLLECTION_CHANNELS, else that of the data directory].",
)


@click.group(name="channels", help="List, rotate and test the secrets of channels.")
def command() -> None:
    """Of generic channels. Wallets sign by keys of their own: theirs stand in the files of the settings."""


@command.command(name="list", help="The channels, and how many secrets of each are believed.")
@data_dir_option
@file_option
def list_(data_dir: Path | None, path: Path | None) -> None:
    """The secrets themselves are not shown."""
    from canbao.channel_secrets import ChannelSecrets
    from canbao.commands.starting import starting

    with starting():
        for channel, secrets in sorted(ChannelSecrets(_file(data_dir, path)).read().items()):
            click.echo(f"{channel}\t{len(secrets)}")


@command.command(help="Put a new secret of a channel before the others, which are believed as well.")
@click.argument("channel")
@click.option("--new", is_flag=True, help="Make a channel that neither the file nor a notice in force names.")
@data_dir_option
@file_option
def rotate(channel: str, new: bool, data_dir: Path | None, path: Path | None) -> None:
    """It is printed for the sender, and counts within seconds. What a notice names is made where it lacks."""
    from canbao.channel_secrets import ChannelSecrets
    from canbao.commands.starting import starting

    with starting():
        secrets = ChannelSecrets(_file(data_dir, path))
        if not new and not secrets.is_there(channel) and channel not in (named := _of_notices(data_dir)):
            raise secrets.unknown(channel, named)
        click.echo(secrets.add(channel))


@command.command(help="Take out all secrets of a channel but the newest.")
@click.argument("channel")
@data_dir_option
@file_option
def retire(channel: str, data_dir: Path | None, path: Path | None) -> None:
    """Once the sender has switched."""
    from canbao.channel_secrets import ChannelSecrets
    from canbao.commands.starting import starting

    with starting():
        click.echo(f"{ChannelSecrets(_file(data_dir, path)).retire(channel)} taken out")


@command.command(help="Send a signed sample that means nothing, or have the gateway of a wallet asked.")
@click.argument("channel")
@click.option(
    "--to",
    default="http://127.0.0.1:8000/collection",
    show_default=True,
    help="Where collection is reached, as the sender reaches it.",
)
@click.option(
    "--token",
    envvar="CANBAO_TOKEN",
    help="Of a wallet: one with channels:write [default: signed by the key of the data directory].",
)
@data_dir_option
@file_option
def test(channel: str, to: str, token: str | None, data_dir: Path | None, path: Path | None) -> None:
    """A sample is verified, stored and acknowledged like any notification, and nothing follows from it.

    What has no secrets in the file signs by keys of its own: collection asks its gateway about an order that
    nobody has, and says what was verified.
    """
    import httpx

    from canbao.channel_secrets import ChannelSecrets
    from canbao.commands.starting import starting
    from canbao.simulator.standard_webhook import WebhookSender
    from libs.common.security.webhooks import SECRET_PREFIX

    with starting():
        keys = ChannelSecrets(_file(data_dir, path)).read().get(channel)
    if keys is None:
        where, body, headers = _question(channel, token, data_dir)
    else:
        # By a key of its own only the sender signs.
        newest = next((key for key in keys if key.startswith(SECRET_PREFIX)), None)
        if newest is None:
            raise click.ClickException(f"there is no secret of {channel}")
        sample = WebhookSender(channel, (newest,)).test()
        where, body, headers = sample.path, sample.body, sample.headers
    try:
        answer = httpx.post(f"{to.rstrip('/')}{where}", content=body, headers=headers, timeout=30)
    except httpx.HTTPError as error:
        raise click.ClickException(f"{to} cannot be reached ({type(error).__name__})") from None
    if not answer.is_success:
        raise click.ClickException(f"refused with {answer.status_code}: {answer.text[:500]}")
    if keys is None and answer.json()["fault"] is not None:
        raise click.ClickException(f"not as it should be: {answer.text[:500]}")
    click.echo(f"accepted: {answer.text}")


def _question(channel: str, token: str | None, data_dir: Path | None) -> tuple[str, bytes, dict[str, str]]:
    """What has collection try a channel by its gateway: path, body and headers."""
    import uuid
    from datetime import timedelta
    from urllib.parse import quote

    if token is None:
        from canbao.embedded_state import EmbeddedState

        settings = settings_with(data_dir)
        key = EmbeddedState(settings.state_dir).signing_key()
        token = key.issue(
            "operator", ["channels:write"], "*", "operator", timedelta(minutes=5),
            settings.token_audience, settings.token_issuer,
        )  # fmt: skip
    headers = {"authorization": f"Bearer {token}", "idempotency-key": f'"{uuid.uuid4()}"'}
    return f"/v1/channels/{quote(channel, safe='')}/test", b"", headers


def _of_notices(data_dir: Path | None) -> set[str]:
    """The channels of all notices in force; none where there is no notice to read."""
    from libs.common.policy.format.errors import NoticeInvalid
    from libs.common.policy.live import LiveNotices

    try:
        notices = LiveNotices(settings_with(data_dir).policies_dir)
    except NoticeInvalid:
        return set()
    return {channel.code for notice in notices.values() for channel in notice.document.channels}


def _file(data_dir: Path | None, path: Path | None) -> Path:
    """Where the secrets lie. Raises SettingInvalid where the setting is the secrets themselves."""
    from canbao.embedded_state import CHANNELS
    from libs.common.settings import SettingInvalid
    from libs.common.settings_files import is_object

    if path is not None:
        return path
    given = os.environ.get(CHANNELS.variable)
    if not given or data_dir is not None:
        return settings_with(data_dir).state_dir / CHANNELS.name
    if is_object(given):
        raise SettingInvalid(f"{CHANNELS.variable} is JSON: change it there, or put it into a file")
    return Path(given)
