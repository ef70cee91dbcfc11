"""A member of a consumer group in a process of its own, so that a test can kill it: see bus_conformance.py.

`python -m libs.common.testing.bus_member embedded|kafka ADDRESS GROUP TOPIC COMMITS` writes one JSON line a
batch to standard output and commits the first COMMITS of them.
"""

import asyncio
import json
import sys

from libs.common.bus.port import Bus

ALIVE_SECONDS = 2.0


def make_bus(kind: str, address: str) -> Bus:
    """Make a bus of either kind whose members are soon taken for dead."""
    if kind == "kafka":
        from libs.common.bus.kafka.bus import KafkaBus

        return KafkaBus(address, alive_seconds=ALIVE_SECONDS)
    from libs.common.bus.postgres.bus import PostgresBus

    return PostgresBus(address, alive_seconds=ALIVE_SECONDS)


async def main(kind: str, address: str, group: str, topic: str, commits: int) -> None:
    """Take batches until killed; what is not committed stays in flight."""
    bus = make_bus(kind, address)
    await bus.start()
    async with bus.subscribe(group, [topic], max_batch=10) as subscription:
        taken = 0
        async for batch in subscription.batches():
            taken += 1
            if taken <= commits:
                await subscription.commit([batch])
                await asyncio.sleep(0.5)  # until the position is stored
            sys.stdout.write(json.dumps([taken <= commits, [m.id for m in batch.messages]]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    kind, address, group, topic, commits = sys.argv[1:]
    asyncio.run(main(kind, address, group, topic, int(commits)))
