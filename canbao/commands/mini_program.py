"""`canbao mini-program`: the pages of a payer, as an example and to try."""

from datetime import datetime
from pathlib import Path

import click

from canbao.commands.options import PORT, data_dir_option


@click.command(name="mini-program")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the services are.")
@click.option(
    "--port", type=PORT, default=8080, show_default=True, help="Port to listen on; 0 takes a free one."
)
@click.option("--county", required=True, help="The county, as the notices name it.")
@click.option("--year", type=int, required=True, help="The coverage year.")
@click.option("--channel", required=True, help="What the app is in the notice: a channel.")
@click.option("--at", default=None, help="The instant of a season that is replayed, with its offset.")
@data_dir_option
def command(
    url: str, port: int, county: str, year: int, channel: str, at: str | None, data_dir: Path | None
) -> None:
    """Serve a mini-program to try and to copy: from what somebody owes to the voucher, by the API alone.

    It believes the names that are typed, and its wallet is simulated: for demos, never for a season.
    """
    from canbao.miniprogram.serving import serve
    from libs.common.settings import CommonSettings, SettingInvalid

    try:
        instant = None if at is None else datetime.fromisoformat(at)
        if instant is not None and instant.tzinfo is None:
            raise ValueError
    except ValueError:
        raise click.BadParameter("write 2019-11-20T10:00:00+08:00", param_hint="--at") from None
    settings = CommonSettings()
    try:
        serve(
            settings, data_dir or settings.state_dir, url.rstrip("/"), port, (county, year, channel), instant
        )
    except SettingInvalid as error:
        raise click.ClickException(str(error)) from None
