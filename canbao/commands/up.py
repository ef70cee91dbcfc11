"""`canbao up`: the whole platform in one process."""

import shlex
import socket
import sys
from pathlib import Path

import click

from canbao.commands.options import PORT


@click.command(name="up", help="Run everything in one process on an embedded PostgreSQL, until Ctrl-C.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, default=8000, show_default=True, help="Port to listen on; 0 takes a free one."
)
@click.option("--fd", type=int, hidden=True, help="A socket that listens already, in place of host and port.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data and keys are kept [default: $CANBAO_DATA_DIR, else one place per user].",
)
@click.option(
    "--archive",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the log of PostgreSQL there, for `canbao restore --until` [default: $CANBAO_ARCHIVE_DIR].",
)
def command(host: str, port: int, fd: int | None, data_dir: Path | None, archive: Path | None) -> None:
    """Migrate, start every service, and say where they are."""
    from canbao.commands.starting import starting
    from canbao.process import bind

    with starting():
        _run(bind(host, port) if fd is None else socket.socket(fileno=fd), data_dir, archive)
    if sys.stderr.isatty():
        click.echo("Canbao has stopped; the data is kept.", err=True)


def _run(listening: socket.socket, data_dir: Path | None, archive: Path | None) -> None:
    from canbao.allinone import up
    from canbao.process import run
    from libs.common.observability.logs import configure_logging
    from libs.common.settings import CommonSettings

    settings = CommonSettings()
    if data_dir is not None:
        settings.data_dir = data_dir
    if archive is not None:
        settings.archive_dir = archive
    if "log_level" not in settings.model_fields_set and sys.stdout.isatty():
        settings.log_level = "WARNING"  # a person looks: a line per request would hide what matters
    configure_logging(settings.log_level)

    def announce(address: str) -> None:
        click.echo(_banner(address, settings.state_dir), err=True)

    run(lambda stopping: up(settings, listening, stopping, announce))


def _banner(address: str, state_dir: Path) -> str:
    from canbao.definitions import SERVICES
    from libs.common.settings import CommonSettings

    pages = "\n".join(f"  {address}{service.prefix}/docs" for service in SERVICES.values())
    chosen = (
        "" if state_dir == CommonSettings().state_dir else f"CANBAO_DATA_DIR={shlex.quote(str(state_dir))} "
    )
    return (
        f"Canbao listens on {address}\n{pages}\n"
        f"The console: {address}/console/, for users of {chosen}canbao user add\n"
        f"Data and keys: {state_dir}\n"
        f"An access token: {chosen}canbao token --role medical_insurance_officer\n"
        "Ctrl-C stops it."
    )
