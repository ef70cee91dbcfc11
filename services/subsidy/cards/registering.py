"""Takes in lists of cards: checks every row, keeps the good ones, says what is wrong with the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.accounts import passes_luhn
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.masking import mask_account
from libs.common.turns import in_turns
from libs.common.web.catalogue import INVALID_REQUEST, OUTSIDE_DIVISION
from libs.common.web.problems import FieldError, Problem
from libs.common.web.translations import field_error
from services.subsidy.cards import problems, store
from services.subsidy.cards.holding import check_holders
from services.subsidy.cards.schemas import CardRow, UnitAccount
from services.subsidy.cards.store import NewCard
from services.subsidy.cards.vault import AccountVault
from services.subsidy.payouts import cards_store as cards_of_payouts

_COUNTY_DIGITS = 6


@dataclass(slots=True)
class CardList:
    """What became of a list of cards, by the places of rows. `warnings`: whose number fails Luhn."""

    cards: dict[int, NewCard] = field(default_factory=dict)
    rejected: list[tuple[int, Problem]] = field(default_factory=list)
    warnings: list[int] = field(default_factory=list)


def check_rows(
    rows: Sequence[tuple[int, object]], vault: AccountVault, digests: Digests, today: date
) -> CardList:
    """Check every row, known by its place, by itself; `digests` are the keyed ones of documents and names."""
    checked = CardList()
    first: dict[str, int] = {}
    for index, given in rows:
        try:
            row = CardRow.model_validate(given, context=today)
        except ValidationError as error:
            checked.rejected.append((index, INVALID_REQUEST.problem(errors=_faults(error.errors()))))
            continue
        card = _sealed(row, digests.document(row.id_number), vault, digests)
        earlier = first.setdefault(card.digest, index)
        if earlier != index:
            if checked.cards[earlier].account_digest != card.account_digest:
                checked.rejected.append((index, problems.TWO_ACCOUNTS.problem(first_index=earlier)))
            continue
        checked.cards[index] = card
        if not passes_luhn(row.account_no):
            checked.warnings.append(index)
    return checked


def _faults(errors: Iterable[ErrorDetails]) -> list[FieldError]:
    faults = []
    for error in errors:
        error["loc"] = ("body", *error["loc"])
        faults.append(field_error(error))
    return faults


def unit_list(account: UnitAccount, vault: AccountVault, digests: Digests) -> CardList:
    """The account of a unit, as a list of one card."""
    digest = digests.unit(account.county, account.unit_code)
    return CardList(cards={0: _sealed(account, digest, vault, digests)})


def _sealed(row: CardRow | UnitAccount, digest: str, vault: AccountVault, digests: Digests) -> NewCard:
    return NewCard(
        digest=digest,
        account_cipher=vault.seal(row.account_no),
        account_digest=vault.digest(row.account_no),
        account_masked=mask_account(row.account_no),
        bank=row.bank,
        holder=row.holder,
        holder_digest=digests.name(row.holder),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a list of cards changed."""

    new: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    person_ids: list[int]
    #: Whose cards were not taken because they live elsewhere.
    refused_ids: list[int]
    #: Cards (by the digest of the number) whose holder is somebody else: they wait for two persons.
    differ: set[str]


async def keep_cards(conn: AsyncConnection, checked: CardList, caller: Caller, at: datetime) -> Kept:
    """Write the good cards, leaving out people outside the caller's division, and look what they unblock."""
    owners = await store.lock_owners(conn, [card.digest for card in checked.cards.values()])
    refused: list[int] = []
    async for index, card in in_turns(list(checked.cards.items())):
        owner = owners[card.digest]
        if owner.person_id is not None and not caller.sees(owner.division_code):
            checked.rejected.append((index, OUTSIDE_DIVISION.problem()))
            del checked.cards[index]
            refused.append(owner.person_id)
            continue
        # Whoever is known may move within the county; a stranger's card waits for somebody of the sender's.
        reach = caller.division if owner.person_id is None else caller.division[:_COUNTY_DIGITS]
        checked.cards[index] = replace(card, division=reach)
    checked.rejected.sort(key=lambda pair: pair[0])
    cards = list(checked.cards.values())
    people = {card.digest: owners[card.digest].person_id for card in cards}
    known = {digest: person_id for digest, person_id in people.items() if person_id is not None}
    # A payout that is being opened for one of them is seen below, or sees the card.
    await store.lock_persons(conn, set(known.values()))
    changed = await store.replace_cards(conn, cards, at, caller.subject) if cards else set()
    reached = {person_id for digest, person_id in known.items() if digest in changed}
    if reached:
        await store.keep_newest(conn, reached, at)
    ready = await cards_of_payouts.find_cards(conn, reached, changed)
    differ = await check_holders(conn, set(known.values()), at)
    return Kept(
        new=len(changed),
        unchanged=len(cards) - len(changed),
        waiting_for_person=len(people) - len(known),
        payouts_ready=ready,
        person_ids=sorted(set(known.values())),
        refused_ids=sorted(set(refused)),
        differ=differ,
    )
