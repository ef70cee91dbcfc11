"""SQL of people, their identity digests and their cards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    copy,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
)
from services.subsidy.tables import cards as cards_table
from services.subsidy.tables import identities, persons

_LINKS = Records(identities, "digest", "person_id", number=persons.c.person_id)
_LINK = statement(f"""
    INSERT INTO identities (digest, person_id)
    SELECT DISTINCT ON (digest) digest, person_id FROM {_LINKS} ORDER BY digest, number DESC
    ON CONFLICT (digest) DO UPDATE SET person_id = excluded.person_id
    WHERE identities.person_id IS DISTINCT FROM excluded.person_id
    RETURNING person_id, (xmax <> 0) AS known
""")
_PEOPLE = Records(persons)
_NEWER = ", ".join(
    f"""{name} = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity')
        THEN excluded.{name} ELSE known.{name} END"""
    for name in ("county", "division_code", "guardian_id", "minor")
)
_KNOW = statement(f"""
    INSERT INTO persons AS known ({_PEOPLE.names}) SELECT {_PEOPLE.names} FROM {_PEOPLE}
    ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE
    SET {_NEWER}, known_at = greatest(excluded.known_at, known.known_at)
    RETURNING person_id, (xmax <> 0) AS known
""")
_LOCK = statement("""
    SELECT person_id FROM persons WHERE person_id = ANY(CAST(:ids AS bigint[])) ORDER BY person_id FOR UPDATE
""")
_STUBS = Records(persons, "person_id")
_STUB = statement(f"""
    INSERT INTO persons (person_id) SELECT person_id FROM {_STUBS} ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET person_id = excluded.person_id
""")


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What an assessment says about a person."""

    person_id: int
    county: str
    division_code: str
    guardian_id: int | None
    minor: bool
    known_at: datetime


@dataclass(frozen=True, slots=True)
class _Reached:
    person_id: int
    known: bool


async def know_persons(
    conn: AsyncConnection,
    people: Sequence[KnownPerson],
    digests: Sequence[tuple[str, int]],
    others: Collection[int] = (),
) -> set[int]:
    """Record people (each once) and their digests, lock them and `others`; give those a card may now reach.

    New people without a card that was there before them are not given: there is nothing to look for.
    """
    links = [
        {"digest": digest, "person_id": person_id, "number": number}
        for number, (digest, person_id) in enumerate(digests)
    ]
    linked = await fetch_as(conn, _Reached, _LINK, rows=links)
    if others:
        await lock_persons(conn, {*others, *(person.person_id for person in people)})
    known = await fetch_as(conn, _Reached, _KNOW, rows=people)
    return {row.person_id for row in (*linked, *known) if row.known}


async def lock_persons(conn: AsyncConnection, person_ids: Collection[int]) -> None:
    """Lock people in the order of their ids, so that decisions about one person come one after another."""
    if not person_ids:
        return
    found = await fetch_values(conn, int, _LOCK, ids=sorted(person_ids))
    missing = sorted(set(person_ids) - set(found))
    await execute(conn, _STUB, rows=[{"person_id": person_id} for person_id in missing])


_DIGESTS = Records(identities, "digest")
_NAME_DIGESTS = statement(f"""
    INSERT INTO identities (digest) SELECT digest FROM {_DIGESTS} ORDER BY digest
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest
""")
_OWNERS = statement("""
    SELECT i.digest, i.person_id, p.division_code
    FROM identities i LEFT JOIN persons p USING (person_id)
    WHERE i.digest = ANY(CAST(:digests AS text[]))
""")
_CURRENT = statement("""
    SELECT digest, account_digest, bank, holder
    FROM cards WHERE digest = ANY(CAST(:digests AS text[])) AND replaced_at IS NULL
""")
_REPLACE = statement("""
    UPDATE cards SET replaced_at = :at WHERE digest = ANY(CAST(:digests AS text[])) AND replaced_at IS NULL
""")


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


@dataclass(frozen=True, slots=True)
class _Current:
    digest: str
    account_digest: str
    bank: str
    holder: str


async def lock_owners(conn: AsyncConnection, digests: Collection[str]) -> Mapping[str, OwnerOfCard]:
    """Lock the digests (known or not) and say who stands behind each."""
    await execute(conn, _NAME_DIGESTS, rows=[{"digest": digest} for digest in sorted(digests)])
    owners = await fetch_as(conn, OwnerOfCard, _OWNERS, digests=sorted(digests))
    return {owner.digest: owner for owner in owners}


async def replace_cards(conn: AsyncConnection, new: Sequence[NewCard], at: datetime, by: str) -> set[str]:
    """Put cards (one a digest) in the place of earlier ones; give the digests whose card is really new."""
    found = await fetch_as(conn, _Current, _CURRENT, digests=[card.digest for card in new])
    current = {card.digest: card for card in found}
    changed = [
        card
        for card in new
        if current.get(card.digest) != _Current(card.digest, card.account_digest, card.bank, card.holder)
    ]
    if changed:
        await execute(
            conn, _REPLACE, digests=[card.digest for card in changed if card.digest in current], at=at
        )
        names = NewCard.__dataclass_fields__
        rows = [
            {name: getattr(card, name) for name in names} | {"registered_at": at, "registered_by": by}
            for card in changed
        ]
        await copy(conn, cards_table, rows, *names, "registered_at", "registered_by")
    return {card.digest for card in changed}


_OF_PERSON = statement("""
    SELECT c.card_id, c.account_masked, c.account_cipher, c.bank, c.holder, c.registered_at, c.replaced_at
    FROM identities i JOIN cards c ON c.digest = i.digest
    WHERE i.person_id = :person_id
    ORDER BY c.card_id DESC
""")
_PERSON = statement("""
    SELECT person_id, county, division_code, guardian_id, minor FROM persons WHERE person_id = :person_id
""")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What is known of a person."""

    person_id: int
    county: str | None
    division_code: str | None
    guardian_id: int | None
    minor: bool


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card of a person, current or replaced; the account is sealed."""

    card_id: int
    account_masked: str
    account_cipher: bytes
    bank: str
    holder: str
    registered_at: datetime
    replaced_at: datetime | None


async def person(conn: AsyncConnection, person_id: int) -> PersonRow | None:
    """Look one person up."""
    return await fetch_one_as(conn, PersonRow, _PERSON, person_id=person_id)


async def cards_of(conn: AsyncConnection, person_id: int) -> list[CardRow]:
    """The cards of a person, newest first, replaced ones included."""
    return await fetch_as(conn, CardRow, _OF_PERSON, person_id=person_id)
