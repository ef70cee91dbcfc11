"""The logs of a process: JSON lines on stdout, correlated and masked."""

import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from libs.common.observability.correlation import correlation_id
from libs.common.security.masking import mask_members, mask_text

_service: ContextVar[str | None] = ContextVar("canbao_service", default=None)

# Their own lines repeat what the access log says, or name every fetch.
_QUIET = {
    "uvicorn.access": logging.CRITICAL,
    "httpx": logging.WARNING,
    "aiokafka": logging.WARNING,
    "alembic": logging.WARNING,
}


# Where lines about requests go; None while nothing is configured, or the level is above INFO.
_requests: BinaryIO | None = None
# The loop that will hand them on in its next turn.
_flushing: asyncio.AbstractEventLoop | None = None


@contextmanager
def service_named(name: str) -> Iterator[None]:
    """Mark every line within this context as one of the service `name` (one process may run several)."""
    token = _service.set(name)
    try:
        yield
    finally:
        _service.reset(token)


def keep_tracebacks_plain() -> None:
    """Have a process that configures no logging print tracebacks without the values of variables.

    What structlog prints on a console by default shows them, and with them names and numbers of people.
    """
    if not structlog.is_configured():
        exceptions = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=exceptions)
        structlog.configure(
            processors=[structlog.processors.add_log_level, _mask, console],
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        )


def configure_logging(level: str = "INFO", to: TextIO | None = None) -> None:
    """Write all logs of the process, ours and those of libraries, as masked JSON lines on stdout.

    A command whose stdout is what it was asked for has them on stderr: `to`.
    """
    global _requests
    to = to or sys.stdout
    _requests = to.buffer if logging.getLevelName(level.upper()) <= logging.INFO else None
    shared: Sequence[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _add_origin,
        structlog.processors.format_exc_info,
        _mask,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_to_bytes)],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.BytesLoggerFactory(to.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(to)
    renderer = structlog.processors.JSONRenderer(serializer=_to_text)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", *_QUIET):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, quieter in _QUIET.items():
        logging.getLogger(name).setLevel(quieter)


def name_service(name: str) -> Token[str | None]:
    """Like `service_named` without a context: give what comes back to `unname_service`."""
    return _service.set(name)


def unname_service(token: Token[str | None]) -> None:
    """Undo `name_service`."""
    _service.reset(token)


def service_name() -> str:
    """The service within whose context this is called; "canbao" outside of any."""
    return _service.get() or "canbao"


@lru_cache(1_000)
def _around(service: str | None, method: str, path: str, route: str, status: int) -> tuple[bytes, bytes]:
    """What stands before and behind the id in a line: those of channels come again and again."""
    before = {"event": "request", "level": "info", "service": service}
    behind = {"method": method, "path": mask_text(path), "route": route, "status": status}
    return (
        orjson.dumps(before)[:-1] + b',"correlation_id":',
        b"," + orjson.dumps(behind)[1:-1] + b',"milliseconds":',
    )


@lru_cache(4)
def _written(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def log_request(
    identifier: str, method: str, path: str, route: str, status: int, milliseconds: float
) -> None:
    """Write the line about one request; by hand, because under load there are thousands a second."""
    if _requests is None:
        return
    head, middle = _around(_service.get(), method, path, route, status)
    now = time.time()
    second = int(now)
    _requests.write(
        b'%b%b%b%b,"timestamp":"%b.%06dZ"}\n'
        % (
            *(head, orjson.dumps(identifier), middle, orjson.dumps(milliseconds)),
            *(_written(second), int((now - second) * 1_000_000)),
        )
    )
    _flush_soon()


def _flush_soon() -> None:
    """Hand lines on once in a turn of the loop: one commit answers many, and each would ask the system."""
    global _flushing
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        _flush()
        return
    if _flushing is not loop:  # of a loop that was closed nothing comes any more
        _flushing = loop
        loop.call_soon(_flush)


def _flush() -> None:
    global _flushing
    _flushing = None
    if _requests is not None:
        _requests.flush()


def _add_origin(logger: object, method: str, event: EventDict) -> EventDict:
    if (service := _service.get()) is not None:
        event.setdefault("service", service)
    if (identifier := correlation_id()) is not None:
        event.setdefault("correlation_id", identifier)
    return event


def _mask(logger: object, method: str, event: EventDict) -> EventDict:
    record = {key: event.pop(key) for key in ("_record", "_from_structlog") if key in event}
    masked = {mask_text(str(key)): mask_members(value, str(key)) for key, value in event.items()}
    return masked | record


def _to_bytes(event: object, **_: object) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _to_text(event: object, **_: object) -> str:
    return _to_bytes(event).decode()
