"""SQL of people, their identity digests and their cards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection

_LINK = """
INSERT INTO identities (digest, person_id)
SELECT DISTINCT ON (digest) digest, person_id
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS seen (digest, person_id, no)
ORDER BY digest, no DESC
ON CONFLICT (digest) DO UPDATE SET person_id = excluded.person_id
WHERE identities.person_id IS DISTINCT FROM excluded.person_id
RETURNING person_id, (xmax <> 0) AS known
"""

_KNOW = """
INSERT INTO persons AS known (person_id, county, division_code, guardian_id, minor, known_at)
SELECT person_id, county, division_code, guardian_id, minor, known_at
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::timestamptz[])
  AS seen (person_id, county, division_code, guardian_id, minor, known_at)
ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE
SET county = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity')
        THEN excluded.county ELSE known.county END,
    division_code = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity')
        THEN excluded.division_code ELSE known.division_code END,
    guardian_id = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity')
        THEN excluded.guardian_id ELSE known.guardian_id END,
    minor = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity')
        THEN excluded.minor ELSE known.minor END,
    known_at = greatest(excluded.known_at, known.known_at)
RETURNING person_id, (xmax <> 0) AS known
"""

_LOCK = """
SELECT person_id FROM persons WHERE person_id = ANY($1::bigint[]) ORDER BY person_id FOR UPDATE
"""

_STUB = """
INSERT INTO persons (person_id)
SELECT person_id FROM unnest($1::bigint[]) AS seen (person_id) ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE SET person_id = excluded.person_id
"""


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What an assessment says about a person."""

    person_id: int
    county: str
    division_code: str
    guardian_id: int | None
    minor: bool
    known_at: datetime


async def know_persons(
    conn: AsyncConnection,
    people: Sequence[KnownPerson],
    digests: Sequence[tuple[str, int]],
    others: Collection[int] = (),
) -> set[int]:
    """Record people (each once) and their digests, lock them and `others`; give those a card may now reach.

    New people without a card that was there before them are not given: there is nothing to look for.
    """
    raw = await driver_connection(conn)
    links = await raw.fetch(_LINK, [digest for digest, _ in digests], [person for _, person in digests])
    if others:
        await lock_persons(conn, {*others, *(person.person_id for person in people)})
    rows = await raw.fetch(
        _KNOW,
        [person.person_id for person in people],
        [person.county for person in people],
        [person.division_code for person in people],
        [person.guardian_id for person in people],
        [person.minor for person in people],
        [person.known_at for person in people],
    )
    return {row["person_id"] for row in (*links, *rows) if row["known"]}


async def lock_persons(conn: AsyncConnection, person_ids: Collection[int]) -> None:
    """Lock people in the order of their ids, so that decisions about one person come one after another."""
    if not person_ids:
        return
    raw = await driver_connection(conn)
    ids = sorted(person_ids)
    found = await raw.fetch(_LOCK, ids)
    if len(found) < len(ids):
        await raw.execute(_STUB, sorted(set(ids) - {row["person_id"] for row in found}))


_NAME_DIGESTS = """
INSERT INTO identities (digest)
SELECT digest FROM unnest($1::text[]) AS seen (digest) ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest
RETURNING digest, person_id
"""

_CURRENT = """
SELECT digest, account_digest, bank, holder
FROM cards WHERE digest = ANY($1::text[]) AND replaced_at IS NULL
"""

_REPLACE = "UPDATE cards SET replaced_at = $2 WHERE digest = ANY($1::text[]) AND replaced_at IS NULL"

_ADD = """
INSERT INTO cards (digest, account_cipher, account_digest, account_masked, bank, holder,
                   registered_at, registered_by)
SELECT digest, cipher, account_digest, masked, bank, holder, $7, $8
FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
  AS seen (digest, cipher, account_digest, masked, bank, holder, no)
ORDER BY no
"""


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card row that passed its checks; the account is sealed already."""

    digest: str
    account_cipher: bytes
    account_digest: str
    account_masked: str
    bank: str
    holder: str


@dataclass(frozen=True, slots=True)
class OwnerOfCard:
    """Who stands behind a digest: a person and division, as far as an assessment told us."""

    digest: str
    person_id: int | None
    division_code: str | None


_OWNERS = """
SELECT i.digest, i.person_id, p.division_code
FROM identities i LEFT JOIN persons p USING (person_id)
WHERE i.digest = ANY($1::text[])
"""


async def lock_owners(conn: AsyncConnection, digests: Collection[str]) -> dict[str, OwnerOfCard]:
    """Lock the digests (known or not) and say who stands behind each."""
    raw = await driver_connection(conn)
    await raw.execute(_NAME_DIGESTS, sorted(digests))
    rows = await raw.fetch(_OWNERS, sorted(digests))
    return {row["digest"]: OwnerOfCard(row["digest"], row["person_id"], row["division_code"]) for row in rows}


async def replace_cards(conn: AsyncConnection, new: Sequence[NewCard], at: datetime, by: str) -> set[str]:
    """Put cards (one a digest) in the place of earlier ones; give the digests whose card is really new."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(_CURRENT, [card.digest for card in new])
    current = {row["digest"]: (row["account_digest"], row["bank"], row["holder"]) for row in rows}
    changed = [
        card for card in new if current.get(card.digest) != (card.account_digest, card.bank, card.holder)
    ]
    if changed:
        await raw.execute(_REPLACE, [card.digest for card in changed if card.digest in current], at)
        await raw.execute(
            _ADD,
            [card.digest for card in changed],
            [card.account_cipher for card in changed],
            [card.account_digest for card in changed],
            [card.account_masked for card in changed],
            [card.bank for card in changed],
            [card.holder for card in changed],
            at,
            by,
        )
    return {card.digest for card in changed}


_OF_PERSON = """
SELECT c.card_id, c.account_masked, c.account_cipher, c.bank, c.holder, c.registered_at, c.replaced_at
FROM identities i JOIN cards c ON c.digest = i.digest
WHERE i.person_id = $1
ORDER BY c.card_id DESC
"""

_PERSON = "SELECT person_id, county, division_code, guardian_id, minor FROM persons WHERE person_id = $1"


async def person(conn: AsyncConnection, person_id: int) -> dict[str, Any] | None:
    """Look one person up."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_PERSON, person_id)
    return dict(row) if row else None


async def cards_of(conn: AsyncConnection, person_id: int) -> list[dict[str, Any]]:
    """The cards of a person, newest first, replaced ones included."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_OF_PERSON, person_id)]
