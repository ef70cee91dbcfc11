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
    statement(f"""
        UPDATE exchange_rows SET content = content || '{{"masked_name": null, "number_ends": null}}'
        WHERE content ? 'masked_name' AND {_OF_PERSON}
    """),
    statement(f"UPDATE order_items SET masked_name = NULL WHERE masked_name IS NOT NULL AND {_OF_PERSON}"),
)
#: Whose account pays for nobody else any more is forgotten; what was debited is kept as vouchers are.
_MANDATES = (
    statement(f"""
        UPDATE debit_mandates m SET holder = NULL, account_no = NULL, ended_by = coalesce(ended_by, 'canbao'),
               end_reason = coalesce(end_reason, 'erased'),
               ended_at = coalesce(ended_at, (SELECT max(erased_at) FROM erased_people WHERE {_OF_PERSON}))
        WHERE m.mandate_id IN (SELECT mandate_id FROM debit_mandate_people WHERE {_OF_PERSON})
          AND NOT EXISTS (
              SELECT FROM debit_mandate_people p WHERE p.mandate_id = m.mandate_id
                AND p.ended_at IS NOT DISTINCT FROM m.ended_at
                AND p.person_id <> ALL(CAST(:people AS bigint[])))
    """),
    statement(f"""
        UPDATE debit_mandate_people SET
            ended_at = (SELECT max(erased_at) FROM erased_people WHERE {_OF_PERSON})
        WHERE {_OF_PERSON} AND ended_at IS NULL
    """),
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
    for change in (*_FORGET, *_MANDATES):
        await execute(conn, change, people=list(people))
    await execute(conn, _PAPERS, people=list(people), nothing={})
