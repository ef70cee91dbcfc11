"""The demo's batch of debits: one that a look of the minute has ended is followed by another."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from canbao.demo import debits
from canbao.replay.services import Refused


class Collection:
    """Collection as the demo hears it: so many batches are ended, each before or after it was agreed to."""

    def __init__(self, *ended: str) -> None:
        self.ended = [*ended]
        self.batches = 0

    async def send(self, service: str, method: str, path: str, **_: Any) -> Any:
        if path == "/v1/debit-batches":
            self.batches += 1
            return SimpleNamespace(content=json.dumps({"batch_id": self.batches}).encode())
        fate = self.ended[self.batches - 1] if self.batches <= len(self.ended) else ""
        if (fate, path.rpartition("/")[2]) in (("waiting", "approve"), ("agreed", "file")):
            raise Refused(method, path, 409, "ended")
        return SimpleNamespace(content=b"a file")

    async def get(self, shape: Any, service: str, path: str) -> Any:
        made = self.batches > len(self.ended) or self.ended[self.batches - 1] != "making"
        return shape(
            state="waiting" if made else "done",
            approval_id=self.batches if made else None,
            declared_count=5,
            progress={},
        )


@pytest.mark.parametrize("ended", ["making", "waiting", "agreed"])
async def test_goes_on_with_another_batch_wherever_one_was_ended(ended):
    collection = Collection(ended)

    path, file = await debits._given_out(collection, {})

    assert (path, file, collection.batches) == ("/v1/debit-batches/2", b"a file", 2)


async def test_says_so_when_none_is_given_out():
    with pytest.raises(RuntimeError, match="was ended before"):
        await debits._given_out(Collection("waiting", "waiting", "waiting"), {})
