"""What a worker could not do while it went on with all else: told to operators in the log, and counted.

One thing that fails for ever must stop no other, and must not do so in silence. Whoever sets something apart
calls `setback`; which worker it was is known from the context in which workers run (`at_work`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter

from libs.common.bus.dead_letters import reason_of, trace_of
from libs.common.observability.metrics import ServiceMetrics

log = structlog.get_logger(__name__)


class SetBack(Exception):
    """Some things could not be done, and each was told of; all others were."""


#: What fails for ever is in the log so often at most, however often it is tried.
_TELL_AGAIN_SECONDS = 60.0
_MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class _Worker:
    name: str
    setbacks: Counter
    told_at: dict[str, float] = field(default_factory=dict)

    def is_news(self, about: str) -> bool:
        """Whether it was not told of a moment ago."""
        now = time.monotonic()
        if now - self.told_at.get(about, float("-inf")) < _TELL_AGAIN_SECONDS:
            return False
        if len(self.told_at) >= _MOST_REMEMBERED:
            self.told_at.clear()
        self.told_at[about] = now
        return True


_current: ContextVar[_Worker | None] = ContextVar("canbao_worker", default=None)


@contextmanager
def at_work(metrics: ServiceMetrics, worker: str) -> Iterator[None]:
    """Have setbacks within this context, and in tasks that begin in it, counted as those of `worker`."""
    counted = metrics.counter(
        "canbao_setbacks", "Things that a worker could not do, each time that it tried.", ["worker"]
    )
    token = _current.set(_Worker(worker, counted.labels(worker)))
    try:
        yield
    finally:
        _current.reset(token)


def setback(about: str, error: BaseException) -> None:
    """Tell that `about` could not be done; it names a thing by kind and id, and nobody.

    Counted each time, and in the log once a minute. Not for an outage or a lost race: those are the fault of
    nothing that could be set apart.
    """
    worker = _current.get()
    if worker is not None:
        worker.setbacks.inc()
    if worker is None or worker.is_news(about):
        name = worker.name if worker is not None else None
        log.error("setback", worker=name, about=about, reason=reason_of(error), trace=trace_of(error))
