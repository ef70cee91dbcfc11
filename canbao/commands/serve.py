"""`canbao serve`: one service in one process."""

import click

from canbao.commands.options import PORT
from canbao.definitions import SERVICES


def _ports() -> str:
    return ", ".join(str(service.port) for service in SERVICES.values())


@click.command(name="serve", help="Run one service in one process, until SIGTERM or Ctrl-C.")
@click.argument("service", type=click.Choice(list(SERVICES)))
@click.option("--host", help="Address to listen on [default: $CANBAO_<SERVICE>_HOST or 127.0.0.1].")
@click.option("--port", type=PORT, help=f"Port [default: $CANBAO_<SERVICE>_PORT or {_ports()}].")
def command(service: str, host: str | None, port: int | None) -> None:
    """Start the web server and the workers of the service; its database must be migrated."""
    from canbao.commands.starting import starting

    with starting():
        _run(service, host, port)


def _run(service: str, host: str | None, port: int | None) -> None:
    from canbao.definitions import definition
    from canbao.process import bind, run
    from canbao.serve import serve
    from libs.common.observability.logs import configure_logging
    from libs.common.service import service_settings

    settings = service_settings(definition(service))
    configure_logging(settings.log_level)
    if port is None:
        port = settings.port if "port" in settings.model_fields_set else SERVICES[service].port
    listening = bind(host or settings.host, port)
    run(lambda stopping: serve(service, settings, listening, stopping))
