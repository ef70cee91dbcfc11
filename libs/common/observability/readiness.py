"""Whether a service can work now: named checks that `/readyz` asks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

#: Raises, or returns a sentence, when the thing does not work.
Check = Callable[[], Awaitable[str | None]]


@dataclass
class Readiness:
    """The checks of one service; a process adds its workers, the web adds database and bus."""

    checks: dict[str, Check] = field(default_factory=dict)

    def add(self, name: str, check: Check) -> None:
        """Have `check` asked under `name`."""
        self.checks[name] = check

    async def failures(self, patience_seconds: float = 2.0) -> dict[str, str]:
        """What does not work, by name; the names of exceptions only, never their words."""
        answers = await asyncio.gather(
            *(asyncio.wait_for(check(), patience_seconds) for check in self.checks.values()),
            return_exceptions=True,
        )
        return {
            name: type(answer).__name__ if isinstance(answer, BaseException) else answer
            for name, answer in zip(self.checks, answers, strict=True)
            if answer is not None
        }
