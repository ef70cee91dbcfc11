"""The event bus as the platform uses it: the port that both adapters (PostgreSQL log, Kafka) implement.

A bus keeps messages in partitions. Messages of one key share a partition and keep their order. Delivery is at
least once: the inbox of the consuming service makes the effect exactly once.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zlib import crc32


class UnknownTopic(Exception):
    """Topics were not created: `canbao migrate` does that."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"no topic {', '.join(topics)}; `canbao migrate` creates the topics")


def partition_of(key: str, partitions: int) -> int:
    """Give the partition of `key`: the same in every process, on every day and on both buses."""
    return crc32(key.encode()) % partitions


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish: CloudEvents attributes, key and JSON data (UTF-8)."""

    topic: str
    key: str
    id: str
    source: str
    type: str
    time: datetime
    data: bytes
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was read: where it stands in the log, and what `Outgoing` carried."""

    topic: str
    partition: int
    position: int
    key: str
    id: str
    source: str
    type: str
    time: datetime
    data: bytes
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive messages of one partition, oldest first, not empty.

    `generation` tells the adapter under which ownership of the partition it was handed out.
    """

    topic: str
    partition: int
    messages: tuple[Message, ...]
    generation: int = 0


class Subscription(Protocol):
    """A member of a consumer group. Partitions are shared out among the members of the group.

    A partition's next batch is handed out once the one before was committed or rewound. Before a partition is
    given to another member the adapter waits, within bounds, for its batch to be committed or rewound.
    """

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches of the partitions this member holds, until the subscription is closed."""
        ...

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Move the group's positions behind `batches`; call only after the database commit.

        May return before the positions are stored: they are within a moment, and before the partition is
        given away. A batch whose partition is no longer held is ignored.
        """
        ...


class Bus(Protocol):
    """An event bus. `start` before use, `stop` to release connections within a bounded time."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def create_topics(self, topics: Sequence[str], partitions: int) -> None:
        """Create what is missing of `topics` with that many partitions; existing topics stay as they are."""
        ...

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append durably, in the order given per key; return after every message is acknowledged or raise."""
        ...

    def subscribe(
        self, group: str, topics: Sequence[str], max_batch: int = 500
    ) -> AbstractAsyncContextManager[Subscription]:
        """Join `group`; leaving the context drains and gives the partitions back."""
        ...

    async def lag(self, group: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """Messages not yet committed by `group`, per (topic, partition)."""
        ...
