"""SQL whose form was measured: facts are stored while everything else of the ledger waits for their ids.

The text of a fact is most of its row. As part of the one JSON document in which rows travel PostgreSQL would
read it a second time, which costs a tenth of all posting; so the texts come beside it, as an array.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch, statement
from services.ledger.facts.rules import StoredFact
from services.ledger.tables import facts

_NEW = Records(facts, *all_but(facts, "id"))
_NUMBERED = Records(facts, *all_but(facts, "id", "data"), number=facts.c.id)
# The unique key drops what was posted before the inbox forgot it. Ids are given in the order of the batch.
_ADD = statement(f"""
    INSERT INTO facts ({_NEW.names})
    SELECT {_NEW.names}
    FROM {_NUMBERED}
    JOIN unnest(CAST(:texts AS text[])) WITH ORDINALITY AS written(data, number) USING (number)
    ORDER BY number
    ON CONFLICT (county, coverage_year, source, event_id) DO NOTHING
    RETURNING source, event_id, id
""")


async def add_facts(conn: AsyncConnection, new: Sequence[StoredFact]) -> dict[tuple[str, str], int]:
    """Store facts, in their order; give the id of each that was not there yet, by (source, event id).

    To be called with the locks held, so that ids grow in the order of effect.
    """
    numbered = [
        {name: value for name, value in fact._asdict().items() if name != "data"} | {"number": number}
        for number, fact in enumerate(new, start=1)
    ]
    rows = await fetch(conn, _ADD, rows=numbered, texts=[fact.data for fact in new])
    return {(row["source"], row["event_id"]): row["id"] for row in rows}
