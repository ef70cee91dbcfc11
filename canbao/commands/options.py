"""Options that several commands share."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from libs.common.settings import CommonSettings

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data directory of the embedded default [default: $CANBAO_DATA_DIR, else one per user].",
)


#: Where to listen.
PORT = click.IntRange(0, 65_535)


class Instant(click.ParamType[datetime]):
    """An RFC 3339 instant with its offset: 2026-11-20T08:00:00+08:00."""

    name = "instant"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it; a default that is one already stays as it is."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError as error:
            self.fail(f"not an instant: {error}", param, ctx)
        if instant.tzinfo is None:
            self.fail("needs an offset, for example 2026-11-20T08:00:00+08:00", param, ctx)
        return instant


def settings_with(data_dir: Path | None) -> "CommonSettings":
    """The settings of the environment, perhaps with another data directory; log lines as they say, on stderr.

    Raises pydantic's ValidationError for a setting that is wrong.
    """
    from libs.common.observability.logs import configure_logging
    from libs.common.settings import CommonSettings

    settings = CommonSettings()
    if data_dir is not None:
        settings.data_dir = data_dir
    configure_logging(settings.log_level, sys.stderr)
    return settings
