"""Answers "what does the operator read when a process cannot start?": one sentence instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from canbao.context import SettingMissing
from libs.common.db.account import NoUnprivilegedUser
from libs.common.db.cluster import ClusterCannotBeMade
from libs.common.db.embedded import DataDirectoryInUse, EmbeddedServerFailed
from libs.common.observability.logs import configure_logging
from libs.common.policy.errors import NoticeInvalid
from libs.common.settings import CommonSettings

#: What an operator can mend; anything else is a defect of ours and keeps its traceback.
MENDABLE = (
    SettingMissing,
    NoUnprivilegedUser,
    ClusterCannotBeMade,
    DataDirectoryInUse,
    EmbeddedServerFailed,
    NoticeInvalid,
)


@contextmanager
def starting(settings: CommonSettings) -> Iterator[None]:
    """Configure the logs, and turn what the operator can mend into a message and exit code 1."""
    configure_logging(settings.log_level)
    try:
        yield
    except MENDABLE as error:
        raise click.ClickException(str(error)) from error
