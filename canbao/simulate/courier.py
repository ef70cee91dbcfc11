"""Carries messages between services: in order per key and topic, else as chance has it.

Between topics there is no order, and any message may come twice. With a seed the same things happen again.
"""

from dataclasses import dataclass, field
from random import Random

from libs.common.bus.port import Message

_Way = tuple[str, str]


@dataclass
class Courier:
    """What is under way, by consumer and topic. Without `chance` all goes straight and once."""

    chance: Random | None = None
    #: How often, of a hundred, a delivery comes again later, and how often one waits.
    doubled: int = 30
    #: How often one follows at once.
    together: int = 60
    _under_way: dict[_Way, list[Message]] = field(default_factory=dict)
    _again: dict[_Way, list[Message]] = field(default_factory=dict)

    def take(self, consumer: str, message: Message) -> None:
        """Take a message along."""
        self._under_way.setdefault((consumer, message.topic), []).append(message)

    @property
    def empty(self) -> bool:
        """Whether nothing is under way."""
        return not any(self._under_way.values()) and not any(self._again.values())

    def goes_on(self) -> bool:
        """Whether the next delivery comes before anybody works again; as chance has it."""
        return self.chance is not None and not self.empty and self.chance.randrange(100) < self.together

    def next(self) -> tuple[str, str, list[Message]]:
        """The next delivery: consumer, topic, messages in their order; none when nothing is under way."""
        ways = sorted(way for way, messages in self._under_way.items() if messages)
        if not ways:
            return self._repeat()
        if self.chance is None:
            way = ways[0]
            messages = self._under_way.pop(way)
            return (*way, messages)
        way = self.chance.choice(ways)
        waiting = self._under_way[way]
        number = self.chance.randint(1, len(waiting))
        messages, self._under_way[way] = waiting[:number], waiting[number:]
        if self.chance.randrange(100) < self.doubled:
            self._again.setdefault(way, []).extend(messages)
        return (*way, messages)

    def _repeat(self) -> tuple[str, str, list[Message]]:
        for way in sorted(self._again):
            messages = self._again.pop(way)
            if messages:
                return (*way, messages)
        return "", "", []
