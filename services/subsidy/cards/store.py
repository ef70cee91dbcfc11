"""SQL of people, their identity digests and their cards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
)
from libs.common.turns import in_parts
from services.subsidy.tables import cards, identities, persons


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose document a digest stands for."""

    digest: str
    person_id: int


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What an assessment says about a person."""

    person_id: int
    county: str
    division_code: str
    guardian_id: int | None
    minor: bool
    known_at: datetime
    name_digest: str


_IDENTITY = Records(identities, "digest", "person_id")
_PERSON_ROW = Records(persons, *KnownPerson.__dataclass_fields__)

_LINK = statement(f"""
    INSERT INTO identities ({_IDENTITY.names}) SELECT {_IDENTITY.names} FROM {_IDENTITY}
    ORDER BY digest COLLATE "C"
    ON CONFLICT (digest) DO UPDATE SET person_id = excluded.person_id
    WHERE identities.person_id IS DISTINCT FROM excluded.person_id
    RETURNING CASE WHEN xmax <> 0 THEN person_id END AS person_id
""")


def _newer(column: str) -> str:
    return (
        f"{column} = CASE WHEN excluded.known_at >= coalesce(known.known_at, '-infinity') "
        f"THEN excluded.{column} ELSE known.{column} END"
    )


_KNOW = statement(f"""
    INSERT INTO persons AS known ({_PERSON_ROW.names}) SELECT {_PERSON_ROW.names} FROM {_PERSON_ROW}
    ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE
    SET {_newer("county")}, {_newer("division_code")}, {_newer("guardian_id")}, {_newer("minor")},
        {_newer("name_digest")},
        known_at = greatest(excluded.known_at, known.known_at)
    RETURNING CASE WHEN xmax <> 0 THEN person_id END AS person_id
""")
_LOCK = statement(f"""
    SELECT person_id FROM persons WHERE person_id {any_of(persons.c.person_id, "ids")}
    ORDER BY person_id FOR UPDATE
""")
_STUB = statement(f"""
    INSERT INTO persons (person_id) SELECT person_id FROM {Records(persons, "person_id")} ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET person_id = excluded.person_id
""")
# Whoever has several numbers, as after a correction, has one card: the newest that reaches them. Hardly
# anybody has, so only theirs are looked up to be written.
_KEEP_NEWEST = statement(f"""
    WITH theirs AS MATERIALIZED (
        SELECT c.card_id, max(c.card_id) FILTER (
                   WHERE starts_with(coalesce(p.division_code, c.division, ''), coalesce(c.division, ''))
               ) OVER (PARTITION BY i.person_id) AS newest
        FROM identities i JOIN cards c USING (digest) LEFT JOIN persons p USING (person_id)
        WHERE i.person_id {any_of(identities.c.person_id, "ids")} AND c.replaced_at IS NULL
    ), older AS MATERIALIZED (
        SELECT card_id FROM theirs WHERE card_id < newest
    )
    UPDATE cards SET replaced_at = :at FROM older WHERE cards.card_id = older.card_id
""")


async def know_persons(
    conn: AsyncConnection,
    people: Sequence[KnownPerson],
    owners: Sequence[Identity],
    others: Collection[int],
    at: datetime,
) -> set[int]:
    """Record people and their digests (each once), lock them and `others`; give those a card may now reach.

    New people without a card that was there before them are not given: there is nothing to look for.
    """
    linked = await fetch_values(conn, int, _LINK, rows=owners)
    if others:
        await lock_persons(conn, {*others, *(person.person_id for person in people)})
    known = await fetch_values(conn, int, _KNOW, rows=people)
    if late := {person_id for person_id in linked if person_id is not None}:
        await keep_newest(conn, late, at)
    return {person_id for person_id in (*linked, *known) if person_id is not None}


async def keep_newest(conn: AsyncConnection, person_ids: Collection[int], at: datetime) -> None:
    """Replace the cards of locked people under their other numbers by their newest one."""
    await execute(conn, _KEEP_NEWEST, ids=sorted(person_ids), at=at)


async def lock_persons(conn: AsyncConnection, person_ids: Collection[int]) -> None:
    """Lock people in the order of their ids, so that decisions about one person come one after another."""
    if not person_ids:
        return
    found = await fetch_values(conn, int, _LOCK, ids=sorted(person_ids))
    if missing := set(person_ids).difference(found):
        await execute(conn, _STUB, rows=[{"person_id": person_id} for person_id in missing])


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card row that passed its checks; sealed; it reaches its owner in `division` only."""

    digest: str
    account_cipher: bytes
    account_digest: str
    account_masked: str
    bank: str
    holder: str
    holder_digest: str
    division: str = ""


@dataclass(frozen=True, slots=True)
class OwnerOfCard:
    """Who stands behind a digest: a person and division, as far as an assessment told us."""

    digest: str
    person_id: int | None
    division_code: str | None


@dataclass(frozen=True, slots=True)
class _CurrentCard:
    digest: str
    account_digest: str
    bank: str
    holder: str
    holder_digest: str | None
    division: str

    def serves_as(self, card: NewCard) -> bool:
        """Whether a card that comes in is this one, and reaches nobody whom this one does not reach."""
        mine = (self.digest, self.account_digest, self.bank, self.holder, self.holder_digest)
        theirs = (card.digest, card.account_digest, card.bank, card.holder, card.holder_digest)
        return mine == theirs and card.division.startswith(self.division)


_CARD = Records(cards, *NewCard.__dataclass_fields__)
_NAME_DIGESTS = statement(f"""
    INSERT INTO identities (digest)
    SELECT digest FROM {Records(identities, "digest")} ORDER BY digest COLLATE "C"
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest
""")
_OWNERS = statement(f"""
    SELECT i.digest, i.person_id, p.division_code
    FROM identities i LEFT JOIN persons p USING (person_id)
    WHERE i.digest {any_of(identities.c.digest, "digests")}
""")
_CURRENT = statement(
    f"""
    SELECT digest, account_digest, bank, holder, holder_digest, coalesce(division, '') AS division
    FROM cards WHERE digest {any_of(cards.c.digest, "digests")} AND replaced_at IS NULL
""",
    cards.c.holder,
)
_REPLACE = statement(f"""
    UPDATE cards SET replaced_at = :at
    WHERE digest {any_of(cards.c.digest, "digests")} AND replaced_at IS NULL
""")
_ADD = statement(f"""
    INSERT INTO cards ({_CARD.names}, registered_at, registered_by)
    SELECT {_CARD.names}, :at, :by FROM {_CARD}
""")


async def lock_owners(conn: AsyncConnection, digests: Collection[str]) -> dict[str, OwnerOfCard]:
    """Lock the digests (known or not) and say who stands behind each."""
    await execute(conn, _NAME_DIGESTS, rows=[{"digest": digest} for digest in digests])
    owners = await fetch_as(conn, OwnerOfCard, _OWNERS, digests=list(digests))
    return {owner.digest: owner for owner in owners}


async def replace_cards(conn: AsyncConnection, new: Sequence[NewCard], at: datetime, by: str) -> set[str]:
    """Put cards (one a digest) in the place of earlier ones; give the digests whose card is really new."""
    digests = [card.digest for card in new]
    current = {card.digest: card for card in await fetch_as(conn, _CurrentCard, _CURRENT, digests=digests)}
    changed = [card for card in new if not (card.digest in current and current[card.digest].serves_as(card))]
    replaced = [card.digest for card in changed if card.digest in current]
    if replaced:
        await execute(conn, _REPLACE, digests=replaced, at=at)
    for part in in_parts(changed):
        await execute(conn, _ADD, rows=part, at=at, by=by)
    return {card.digest for card in changed}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as an assessment or a payment told of."""

    person_id: int
    county: str | None
    division_code: str | None
    guardian_id: int | None
    minor: bool


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card of a person, its account sealed."""

    card_id: int
    account_masked: str
    account_cipher: bytes
    bank: str
    holder: str
    registered_at: datetime
    replaced_at: datetime | None


_PERSON = statement("""
    SELECT person_id, county, division_code, guardian_id, minor FROM persons WHERE person_id = coalesce(
        (SELECT person_id FROM merged_people WHERE merged_person_id = :person_id), :person_id)
""")
_OF_PERSON = statement(
    """
    SELECT c.card_id, c.account_masked, c.account_cipher, c.bank, c.holder, c.registered_at, c.replaced_at
    FROM identities i JOIN cards c ON c.digest = i.digest LEFT JOIN persons p USING (person_id)
    WHERE i.person_id = :person_id
      AND starts_with(coalesce(p.division_code, c.division, ''), coalesce(c.division, ''))
    ORDER BY c.card_id DESC
""",
    cards.c.account_cipher,
    cards.c.holder,
)


_OF_UNIT = statement(
    """
    SELECT account_masked, bank, holder, registered_at, registered_by FROM cards
    WHERE digest = :digest AND replaced_at IS NULL
""",
    cards.c.holder,
)


@dataclass(frozen=True, slots=True)
class UnitCard:
    """The account of a unit, masked."""

    account_masked: str
    bank: str
    holder: str
    registered_at: datetime
    registered_by: str


async def unit_card(conn: AsyncConnection, digest: str) -> UnitCard | None:
    """The account on record of a unit, by its digest."""
    return await fetch_one_as(conn, UnitCard, _OF_UNIT, digest=digest)


async def person(conn: AsyncConnection, person_id: int) -> PersonRow | None:
    """Look one person up; by the id of a merged record whoever goes on."""
    return await fetch_one_as(conn, PersonRow, _PERSON, person_id=person_id)


async def cards_of(conn: AsyncConnection, person_id: int) -> list[CardRow]:
    """The cards of a person, newest first, replaced ones included."""
    return await fetch_as(conn, CardRow, _OF_PERSON, person_id=person_id)
