"""Two records that turn out to be one person are one head, whichever id money was posted with, and when."""

from itertools import permutations

import pytest

from libs.common.testing.ledger_facts import granted, merged, on, paid, taken_back

IN_DECEMBER, IN_JANUARY = on("2019-12-20"), on("2020-01-10")


def heads(document):
    return document["totals"]["total"]["head_count"]


async def counted(desk, *sealed):
    """What the handovers count together, beside what there is now."""
    live = (await desk.totals())["total"]
    sums = {
        name: sum(one["totals"]["total"][name] for one in sealed) for name in ("head_count", "amount_fen")
    }
    assert sums == live
    for one in sealed:
        assert (await desk.recomputed(one["deadline_id"]))["identical"]
    return live


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_money_of_both_ids_is_of_one_head_in_whatever_order_it_is_told(desk, order):
    facts = [paid(2), granted(1, 13000, "paid_on_behalf", at=on("2019-11-21")), merged(1, 2)]
    await desk.send(*(facts[number] for number in order))

    totals = await desk.totals()
    assert totals["total"] == {"head_count": 1, "amount_fen": 38000}
    sealed = await desk.closed("main", "2020-01-04T09:00:00")
    assert await counted(desk, sealed) == {"head_count": 1, "amount_fen": 38000}


async def test_counted_as_two_before_it_was_known_they_are_one_less_in_the_next_handover(desk):
    await desk.send(paid(1, on("2019-11-02")), paid(2, on("2019-11-03")), paid(3, on("2019-11-04")))
    main = await desk.closed("main", "2020-01-04T09:00:00")
    second = paid(2, on("2019-11-03"))
    await desk.send(merged(1, 2, IN_JANUARY), taken_back(second, IN_JANUARY))
    january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

    assert (heads(main), heads(january)) == (3, -1)
    assert await counted(desk, main, january) == {"head_count": 2, "amount_fen": 50000}


async def test_help_under_the_other_id_makes_no_second_head_after_a_sealed_handover(desk):
    await desk.send(paid(2, on("2019-11-02")))
    main = await desk.closed("main", "2020-01-04T09:00:00")
    await desk.send(granted(1, 13000, "paid_on_behalf", at=IN_JANUARY), merged(1, 2, IN_JANUARY))
    january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

    assert (heads(main), heads(january)) == (1, 0)
    assert await counted(desk, main, january) == {"head_count": 1, "amount_fen": 38000}


async def test_a_merge_that_is_told_late_joins_two_heads_that_were_sealed(desk):
    await desk.send(paid(2), granted(1, 13000, "paid_on_behalf", at=on("2019-11-21")), paid(3))
    main = await desk.closed("main", "2020-01-04T09:00:00")
    await desk.send(merged(1, 2, IN_DECEMBER), paid(4, IN_JANUARY))
    january = await desk.closed("monthly-2020-01", "2020-02-04T09:00:00")

    assert (heads(main), heads(january)) == (3, 0)
    assert await counted(desk, main, january) == {"head_count": 3, "amount_fen": 88000}


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_three_records_are_one_head(desk, order):
    await desk.send(*(granted(person, 1000, "paid_on_behalf") for person in (1, 2, 3)))
    merges = [merged(2, 3), merged(1, 2)]
    await desk.send(*(merges[number] for number in order))

    assert (await desk.totals())["total"] == {"head_count": 1, "amount_fen": 3000}


async def test_told_twice_it_is_one_merge(desk):
    fact = merged(1, 2)
    await desk.deliver([desk.message(fact, 1), desk.message(fact, 1)])
    await desk.send(fact)

    assert await desk.rows("SELECT merged_person_id, person_id FROM merges") == [(2, 1)]


async def test_the_postings_of_a_person_are_those_of_all_records(desk):
    await desk.send(granted(1, 1000, "paid_on_behalf"), granted(3, 1000, "paid_on_behalf"), paid(4))
    await desk.send(merged(2, 3), merged(1, 2))
    for person in (1, 2, 3):
        answer = await desk.http.get("/v1/postings", params={**desk.books, "person_id": person})
        assert [one["person_id"] for one in answer.json()["items"]] == [1, 3]
