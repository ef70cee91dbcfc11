"""The idempotency keys of a replay."""

from canbao.replay.scenario import Step


class Keys:
    """The idempotency keys of one step: the same whenever it is played again, others for any other step."""

    def __init__(self, step: Step) -> None:
        self._stem = f"{step.digest}-{step.line}"

    def of(self, part: object) -> str:
        """The key of one request of the step."""
        return f"{self._stem}-{part}"
