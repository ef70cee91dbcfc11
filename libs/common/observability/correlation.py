"""One id that travels through logs, problems and events, from the request or event that set all off."""

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

#: The header that carries the id in both directions.
CORRELATION_HEADER = "correlation-id"

_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
# A client that uses an identity or account number as its correlation id would write it into every log.
_PERSONAL = re.compile(r"[0-9]{11}")

#: Nobody may do more for knowing an id: it need not be secret, and asking the system each time is dear.
_RANDOM = random.Random(os.urandom(32))  # nosec B311

_current: ContextVar[str | None] = ContextVar("canbao_correlation_id", default=None)


def correlation_id() -> str | None:
    """The id of what is being handled now, or None outside of a request or event."""
    return _current.get()


def accept_correlation_id(offered: str | None, traceparent: str | None = None) -> str:
    """Choose the id: the one offered if it is well formed, else the W3C trace id, else a new one."""
    if offered and _ACCEPTED.fullmatch(offered) and not _PERSONAL.search(offered):
        return offered
    if traceparent and (match := _TRACEPARENT.fullmatch(traceparent)) and match[1].strip("0"):
        return match[1]
    return f"{_RANDOM.getrandbits(128):032x}"


def start_correlation(identifier: str) -> Token[str | None]:
    """Like `correlated` without a context: give the token to `end_correlation`."""
    return _current.set(identifier)


def end_correlation(token: Token[str | None]) -> None:
    """Undo `start_correlation`."""
    _current.reset(token)


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """Make `identifier` the id of everything within this context."""
    token = _current.set(identifier)
    try:
        yield
    finally:
        _current.reset(token)
