"""Refuses what comes too fast from an address, before any of its body is read."""

from libs.common.service import AnyContext, AsgiApp, AsgiMapping, AsgiReceive, AsgiSend
from libs.common.web.problems import Problem

#: Asked by machines of our own, which must hear that all is well while somebody floods us.
UNTHROTTLED = frozenset({"/healthz", "/readyz", "/metrics"})


class Throttled:
    """Wraps an ASGI application: what comes too fast from an address is refused before anything is read."""

    def __init__(self, app: AsgiApp, context: AnyContext) -> None:
        self._app, self._throttle = app, context.throttle

    async def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> None:
        if scope["type"] == "http" and _below_root(scope) not in UNTHROTTLED:
            try:
                self._throttle.of_address(scope)
            except Problem as problem:
                # What comes behind the headers is not read: the connection ends with the answer.
                problem.headers = {**(problem.headers or {}), "connection": "close"}
                raise
        await self._app(scope, receive, send)


def _below_root(scope: AsgiMapping) -> str:
    return str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
