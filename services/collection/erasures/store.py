"""SQL of erasures: what dues and orders say of who somebody was, and by what money found them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, statement, value_of
from libs.common.erasures import VOUCHER_YEARS
from services.collection.tables import certificates, dues

_OF_PERSON = f"person_id {any_of(dues.c.person_id, 'people')}"
_OF_DUE = f"enrollment_id IN (SELECT enrollment_id FROM dues WHERE {_OF_PERSON})"
_FORGET = (
    statement(f"DELETE FROM due_identities WHERE {_OF_DUE}"),
    statement(f"DELETE FROM former_identities WHERE {_OF_DUE}"),
    statement(f"UPDATE due_schedules SET name_digest = NULL WHERE name_digest IS NOT NULL AND {_OF_DUE}"),
    statement(f"""
        UPDATE dues SET name_digest = NULL, masked_name = NULL, number_ends = NULL, birth_year = NULL
        WHERE {_OF_PERSON}
    """),
    statement(f"UPDATE order_items SET masked_name = NULL WHERE masked_name IS NOT NULL AND {_OF_PERSON}"),
)
#: Papers that are kept as vouchers are, and whose own time is over when the person is erased.
_PAPERS = statement(f"""
    UPDATE certificates SET content = {value_of(certificates.c.content, "nothing")}
    WHERE certificate_no IN (SELECT certificate_no FROM certificate_lines WHERE {_OF_PERSON}
                             UNION SELECT certificate_no FROM certificate_exemptions WHERE {_OF_PERSON})
      AND extract(year FROM issued_at AT TIME ZONE 'Asia/Shanghai') + {VOUCHER_YEARS}
        < (SELECT extract(year FROM max(erased_at) AT TIME ZONE 'Asia/Shanghai')
           FROM erased_people WHERE {_OF_PERSON})
""")


async def forget(conn: AsyncConnection, people: Sequence[int]) -> None:
    """Forget who these people were; what they owed and paid stays under their ids."""
    for change in _FORGET:
        await execute(conn, change, people=list(people))
    await execute(conn, _PAPERS, people=list(people), nothing={})
