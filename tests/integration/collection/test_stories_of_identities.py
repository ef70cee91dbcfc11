"""Whose number it is: who had it when it was paid, in whatever order corrections are told."""

from datetime import timedelta
from itertools import permutations

import pytest

from .conftest import NOW, id_number, name, states

DAY = timedelta(days=1)


async def pay(counter, transaction, named, *, paid_at):
    items = [{"id_number": id_number(1), "name": named, "amount_fen": 25_000}]
    payment = await counter.pay(
        transaction, at=NOW + 9 * DAY, paid_at=paid_at, items=items, amount_fen=25_000
    )
    return states(payment), payment["lines"][0]["person_id"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
class TestANumberThatWentToSomebodyElse:
    async def test_is_whose_it_was_when_it_was_paid(self, counter, order, together):
        """The first person had it until a correction, the second has it since."""
        own = (counter.digest(3),)
        words = [
            counter.assessed(1, at=NOW),
            counter.assessed(1, revision=2, at=NOW + 2 * DAY, identity_digests=own),
            counter.assessed(
                2, at=NOW + 3 * DAY, identity_digests=(counter.digest(1),),
                name_digest=counter.context.digests.name(name(2)),
            ),
        ]  # fmt: skip
        told = [words[number] for number in order]
        for some in [told] if together else [[one] for one in told]:
            await counter.tell(*some)

        before = await pay(counter, "T1", name(1), paid_at=NOW + DAY)
        since = await pay(counter, "T2", name(2), paid_at=NOW + 4 * DAY)
        mixed = await pay(counter, "T3", name(1), paid_at=NOW + 5 * DAY)
        assert before == ([("applied", None)], 1)
        assert since == ([("applied", None)], 2)
        assert mixed == ([("suspended", "name_mismatch")], 2)
