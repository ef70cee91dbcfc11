"""Facts become postings exactly once, whatever their order and however many consumers."""

import asyncio
import random

import pytest
from sqlalchemy.exc import DBAPIError

from libs.common.testing.ledger_facts import (
    assessed,
    cancelled,
    granted,
    on,
    paid,
    payout,
    refunded,
    revoked,
    suspended,
)


def season():
    """Facts of many people: paid, helped, cancelled, paid twice, refunded, applied out of suspense."""
    facts = []
    for person in range(1, 61):
        facts.append(assessed(person))
        match person % 6:
            case 0:
                facts.append(cancelled(person))
            case 1:
                facts.append(paid(person, add_on_fen=3000 if person % 4 else 0))
            case 2:
                second = suspended(6000 + person, person_id=person, channel="wechat")
                facts += [paid(person, channel="wechat"), second, refunded(second, 25000)]
            case 3:
                grant = granted(person)
                facts += [
                    assessed(person, 0, revision=2),
                    grant,
                    *([revoked(grant)] if person % 9 == 0 else []),
                ]
            case 4:
                grant = granted(person, 20000, "reimburse_to_card", payer="county_finance")
                facts += [paid(person), grant, payout(grant)]
            case 5:
                line = suspended(5000 + person, reason="unknown_person", county=None, coverage_year=None)
                facts += [line, paid(person, from_suspense=True)]
    return facts


async def figures(desk):
    """What the ledger says in the end."""
    everywhere = await desk.rows(
        "SELECT account, sum(fen) FROM (SELECT source AS account, -amount_fen AS fen FROM postings UNION ALL"
        " SELECT destination, amount_fen FROM postings) AS side GROUP BY 1 HAVING sum(fen) <> 0 ORDER BY 1"
    )
    return await desk.balances(), everywhere, await desk.totals()


class TestPosting:
    async def test_a_paid_person_leaves_no_claim_and_money_with_the_channel(self, desk):
        await desk.send(assessed(1), paid(1))

        assert await desk.balances() == {"residents": -25000, "clearing:tax": 25000}

    async def test_the_facts_are_kept_as_they_were_published(self, desk):
        await desk.send(paid(1))

        [(data, business_at)] = await desk.rows("SELECT data, business_at FROM facts")
        assert data == paid(1).model_dump_json()
        assert business_at == on("2019-11-20")

    async def test_an_event_delivered_again_posts_nothing(self, desk):
        messages = [desk.message(fact) for fact in (assessed(1), paid(1))]

        await desk.deliver(messages)
        await desk.deliver(messages)

        assert await desk.rows("SELECT count(*) FROM postings") == [(2,)]

    async def test_nor_does_one_that_the_inbox_has_forgotten(self, desk):
        messages = [desk.message(fact) for fact in (assessed(1), paid(1))]
        await desk.deliver(messages)
        await desk.run("DELETE FROM inbox")

        await desk.deliver([*messages, desk.message(paid(2))])

        assert await desk.rows("SELECT count(*) FROM facts") == [(3,)]
        assert await desk.balances() == {"residents": -50000, "clearing:tax": 50000}

    async def test_any_order_gives_the_same_figures(self, make_desk):
        facts, shuffled = season(), season()
        random.Random(7).shuffle(shuffled)
        one, other = await make_desk(), await make_desk()

        await one.send(*facts)
        await other.send(*shuffled)

        assert await figures(one) == await figures(other)

    async def test_consumers_side_by_side_agree_with_one(self, make_desk):
        one, many = await make_desk(), await make_desk()
        await one.send(*season())
        messages = [many.message(fact) for fact in season()]
        random.Random(3).shuffle(messages)

        await asyncio.gather(*(many.deliver(messages[start::5]) for start in range(5)))

        assert await figures(one) == await figures(many)

    async def test_facts_of_one_enrollment_from_two_topics_at_once_do_not_miss_each_other(self, desk):
        people = range(1, 201)
        registered = [desk.message(assessed(person)) for person in people]
        collected = [desk.message(paid(person, own_fen=77000)) for person in reversed(people)]

        await asyncio.gather(desk.deliver(registered), desk.deliver(collected))

        assert await desk.balances() == {"residents": -77000 * 200, "clearing:tax": 77000 * 200}


class TestGuard:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE postings SET amount_fen = amount_fen + 1",
            "DELETE FROM postings",
            "TRUNCATE postings",
            "UPDATE facts SET data = '{}'",
            "DELETE FROM memos",
        ],
    )
    async def test_the_database_refuses_to_change_what_was_posted(self, desk, statement):
        await desk.send(assessed(1), paid(1), granted(1, 100, "outside_system"))

        with pytest.raises(DBAPIError, match="only ever grows"):
            await desk.run(statement)

    async def test_the_database_refuses_amounts_that_are_not_positive(self, desk):
        with pytest.raises(DBAPIError, match="amount_is_positive"):
            await desk.run(
                "INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, source, destination,"
                " amount_fen, business_at, accounting_month)"
                " VALUES ('youxi', 2020, 1, 1, 'charge', 'residents', 'dues', 0, now(), '2100-01-01')"
            )
