"""Who was erased, as registration told it: what services know of them goes, and what comes late goes again.

Facts come in any order and more than once. A service that keeps anything of who people are asks after each
batch which of the people in it were erased, and forgets those anew.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_values, statement
from libs.common.events.erasures import PersonErased

#: Vouchers are kept so long (会计档案管理办法): what belongs to one goes with nobody before.
VOUCHER_YEARS = 30


def erased_people_table(metadata: MetaData) -> Table:
    """Add who was erased to a service's tables."""
    return Table(
        "erased_people",
        metadata,
        Column("person_id", BigInteger, primary_key=True, autoincrement=False),
        Column("goes_on_as", BigInteger, nullable=False, comment="the record that this one was merged into"),
        Column("erased_at", DateTime(timezone=True), nullable=False),
        comment="people whose names and numbers went when their time of keeping was over",
    )


_ERASED = erased_people_table(MetaData())
_ROWS = Records(_ERASED)
_NOTE = statement(f"""
    INSERT INTO erased_people ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS} ORDER BY 1
    ON CONFLICT DO NOTHING
""")
_AMONG = statement(f"""
    SELECT person_id FROM erased_people WHERE person_id {any_of(_ERASED.c.person_id, "people")}
    UNION SELECT goes_on_as FROM erased_people WHERE person_id {any_of(_ERASED.c.person_id, "people")}
    ORDER BY 1
""")


async def note_erased(conn: AsyncConnection, facts: Iterable[PersonErased]) -> None:
    """Know for good that people were erased, by each of their ids."""
    await execute(conn, _NOTE, rows=[row for fact in facts for row in _rows(fact)])


async def erased_among(conn: AsyncConnection, people: Collection[int]) -> list[int]:
    """Which of these people were erased, with the records that they go on as."""
    return await fetch_values(conn, int, _AMONG, people=sorted(people)) if people else []


def _rows(fact: PersonErased) -> list[Mapping[str, object]]:
    ids = (fact.person_id, *fact.merged_person_ids)
    return [{"person_id": id_, "goes_on_as": fact.person_id, "erased_at": fact.erased_at} for id_ in ids]
