"""What the operator reads when a process cannot start: one sentence instead of a traceback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import click
import httpx
from pydantic import ValidationError

from canbao.context import BusUnreachable
from libs.common.db.account import NoUnprivilegedUser
from libs.common.db.archive import ArchiveUnusable
from libs.common.db.cluster import ClusterCannotBeMade
from libs.common.db.embedded import DataDirectoryInUse, EmbeddedServerFailed, NoData
from libs.common.db.trouble import causes
from libs.common.policy.format.errors import NoticeInvalid
from libs.common.settings import CommonSettings, SettingInvalid

#: What an operator can mend; anything else is a defect of ours and keeps its traceback.
MENDABLE = (
    ArchiveUnusable,
    BusUnreachable,
    SettingInvalid,
    NoUnprivilegedUser,
    ClusterCannotBeMade,
    DataDirectoryInUse,
    NoData,
    EmbeddedServerFailed,
    NoticeInvalid,
)

#: What a database says that was never migrated, or not to this release.
_NOT_MIGRATED = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)

#: What ends the way to a database -> what to look at.
_NO_WAY = {
    asyncpg.InvalidAuthorizationSpecificationError: "it refuses this user and password",
    asyncpg.InvalidCatalogNameError: "the server has no database of this name",
    ConnectionRefusedError: "nothing listens there",
    socket.gaierror: "nobody knows the name of this server",
}


@contextmanager
def starting() -> Iterator[None]:
    """Turn what the operator can mend into a message and exit code 1."""
    try:
        yield
    except ValidationError as error:
        faults = (
            f"{_variable(error.title, str(fault['loc'][0]))}: {fault['msg']}"
            for fault in error.errors(include_input=False)
        )
        raise click.ClickException("; ".join(faults)) from None
    except MENDABLE as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:
        if (
            missing := next((one for one in causes(error) if isinstance(one, _NOT_MIGRATED)), None)
        ) is not None:
            raise click.ClickException(
                f"a database is not up to date ({missing}): run `canbao migrate`, or `canbao up` where it is "
                "the embedded one"
            ) from error
        if (found := _no_way(error)) is None:
            raise
        raise click.ClickException(
            f"a database cannot be opened: {found}; is it up, and is CANBAO_<SERVICE>_DATABASE_URL right?"
        ) from None


def _no_way(error: BaseException) -> str | None:
    """Why no connection to a database was made, if that is what ended the command."""
    chain = list(causes(error))
    if any(isinstance(cause, httpx.HTTPError) for cause in chain):
        return None  # that was an address of HTTP
    return next((says for cause in chain for kind, says in _NO_WAY.items() if isinstance(cause, kind)), None)


def _variable(settings: str, field: str) -> str:
    """Name the environment variable of a field of the settings class `settings`."""
    if field in CommonSettings.model_fields:
        return f"CANBAO_{field.upper()}"
    return f"CANBAO_{settings.removesuffix('Settings').upper()}_{field.upper()}"
