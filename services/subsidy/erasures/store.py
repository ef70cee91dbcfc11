"""SQL of erasures: by what people and their cards are found, and cards that money never went to."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, statement, value_of
from libs.common.erasures import VOUCHER_YEARS
from services.subsidy.tables import cards, persons

_OF_PERSON = f"person_id {any_of(persons.c.person_id, 'people')}"
_NUMBERS = f"SELECT digest FROM identities WHERE {_OF_PERSON}"
_FORGET = (
    # In the order in which everybody takes these locks.
    statement(f"SELECT FROM identities WHERE {_OF_PERSON} ORDER BY digest FOR UPDATE"),
    statement(f"SELECT FROM persons WHERE {_OF_PERSON} ORDER BY person_id FOR UPDATE"),
    statement(f"""
        DELETE FROM cards WHERE digest IN ({_NUMBERS})
          AND NOT EXISTS (SELECT FROM attempts a WHERE a.card_id = cards.card_id)
    """),
    # A card that was used is kept with the proof of its last payout; nobody pays there any more.
    statement(f"""
        UPDATE cards SET replaced_at = (SELECT max(erased_at) FROM erased_people WHERE {_OF_PERSON})
        WHERE digest IN ({_NUMBERS}) AND replaced_at IS NULL
    """),
    # One to which money went last before vouchers have to be kept leads to nobody any more.
    statement(f"""
        UPDATE cards SET digest = '', account_digest = '', holder_digest = NULL,
               account_cipher = {value_of(cards.c.account_cipher, "no_account")},
               holder = {value_of(cards.c.holder, "no_holder")}
        WHERE digest IN ({_NUMBERS}) AND (
            SELECT extract(year FROM max(coalesce(a.settled_at, a.recorded_at)) AT TIME ZONE 'Asia/Shanghai')
            FROM attempts a WHERE a.card_id = cards.card_id) + {VOUCHER_YEARS}
          < (SELECT extract(year FROM max(erased_at) AT TIME ZONE 'Asia/Shanghai')
             FROM erased_people WHERE {_OF_PERSON})
    """),
    statement(f"DELETE FROM identities WHERE {_OF_PERSON}"),
    statement(f"UPDATE persons SET name_digest = NULL WHERE {_OF_PERSON}"),
)


async def forget(conn: AsyncConnection, people: Sequence[int]) -> None:
    """Forget who these people were; what helped them stays under their ids."""
    for change in _FORGET:
        await execute(conn, change, people=list(people), no_account=b"", no_holder="")
