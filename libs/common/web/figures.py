"""How old figures may be that take long to count, as a request says it (RFC 9111), and as the answer tells.

An operation that counts a whole county asks `kept.of(...)` for what it counts. It is counted anew, always,
unless the request allows otherwise by `Cache-Control`: `max-age=60` takes what was counted within a minute,
and `max-stale=600` beside it what is up to ten minutes older, while it is counted anew for whoever asks next.
`Age` of the answer says how many seconds ago it was counted. With `Prefer: respond-async` (RFC 7240) whoever
allows an age does not wait: what takes longer than a moment to count answers 202, and is there when
`Retry-After` is over.
"""

import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from libs.common.clock import MovableClock
from libs.common.figures import Figures
from libs.common.service import AnyContext
from libs.common.web.app import context_of
from libs.common.web.openapi import Responses

Counted = TypeVar("Counted")

_DIRECTIVE = re.compile(r"\b(max-age|max-stale)=([0-9]{1,6})\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """How old the figures of one request may be."""

    figures: Figures
    response: Response
    instant: object
    max_age: int = 0
    max_stale: int = 0
    comes_again: bool = False

    async def of(self, count: Callable[[], Awaitable[Counted]], *key: Hashable) -> Counted:
        """Give what `count` counts; `key` is all on which it depends, who asks too where that matters."""
        known = (*key, self.instant)
        counted, age = await self.figures.of(
            known, self.max_age, self.max_stale, count, comes_again=self.comes_again
        )
        if age:
            self.response.headers["age"] = str(age)
        return counted


async def asked(
    request: Request, response: Response, context: Annotated[AnyContext, Depends(context_of)]
) -> Asked:
    """What a request says about the age of figures."""
    said = {
        name: int(number) for name, number in _DIRECTIVE.findall(request.headers.get("cache-control", ""))
    }
    clock = context.clock
    instant = clock.carried if isinstance(clock, MovableClock) else None
    comes_again = "respond-async" in request.headers.get("prefer", "")
    ages = said.get("max-age", 0), said.get("max-stale", 0)
    return Asked(context.figures, response, instant, *ages, comes_again=comes_again)


#: The answer of every operation whose figures may be old.
COUNTED_LATER: Responses = {
    202: {
        "description": "Being counted, for who sends `Prefer: respond-async`; ask again after `Retry-After`"
    }
}
MayBeOld = Annotated[Asked, Depends(asked)]
