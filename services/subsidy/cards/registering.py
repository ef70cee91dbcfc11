"""Takes in lists of cards: checks every row, keeps the good ones, says what is wrong with the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import Document, identify
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_account
from libs.common.web.catalogue import INVALID_REQUEST, OUTSIDE_DIVISION
from libs.common.web.problems import Problem
from libs.common.web.translations import row_errors
from services.subsidy.cards import problems, rules, store
from services.subsidy.cards.schemas import CardGiven
from services.subsidy.cards.store import NewCard, OwnerOfCard
from services.subsidy.cards.vault import AccountVault
from services.subsidy.payouts import store as payouts_store


@dataclass(slots=True)
class CardList:
    """What became of a list of cards. `warnings` are indexes of rows whose number fails Luhn."""

    cards: dict[int, NewCard] = field(default_factory=dict)
    rejected: list[tuple[int, Problem]] = field(default_factory=list)
    warnings: list[int] = field(default_factory=list)


def check_rows(
    rows: Sequence[object], vault: AccountVault, digest_of: Callable[[Document], str], today: date
) -> CardList:
    """Check every row by itself; `digest_of` makes the keyed digest of a document."""
    checked = CardList()
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        try:
            card, warned = _check(row, vault, digest_of, today)
        except Problem as problem:
            checked.rejected.append((index, problem))
            continue
        earlier = first.setdefault(card.digest, index)
        if earlier != index:
            if checked.cards[earlier].account_digest != card.account_digest:
                checked.rejected.append((index, problems.TWO_ACCOUNTS.problem(first_index=earlier)))
            continue
        checked.cards[index] = card
        if warned:
            checked.warnings.append(index)
    return checked


def _check(
    row: object, vault: AccountVault, digest_of: Callable[[Document], str], today: date
) -> tuple[NewCard, bool]:
    try:
        given = CardGiven.model_validate(row, context={"today": today})
    except ValidationError as error:
        raise INVALID_REQUEST.problem(errors=row_errors(error)) from None
    card = NewCard(
        digest=digest_of(identify(given.id_number, today)),
        account_cipher=vault.seal(given.account_no),
        account_digest=vault.digest(given.account_no),
        account_masked=mask_account(given.account_no),
        bank=given.bank,
        holder=given.holder,
    )
    return card, not rules.passes_luhn(given.account_no)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a list of cards changed."""

    new: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    person_ids: list[int]


async def keep_cards(conn: AsyncConnection, checked: CardList, caller: Caller, at: datetime) -> Kept:
    """Write the good cards, leaving out people outside the caller's division, and look what they unblock."""
    owners = await store.lock_owners(conn, [card.digest for card in checked.cards.values()])
    for index, card in list(checked.cards.items()):
        owner = owners[card.digest]
        if owner.person_id is not None and not caller.sees(owner.division_code):
            checked.rejected.append((index, OUTSIDE_DIVISION.problem()))
            del checked.cards[index]
    checked.rejected.sort(key=lambda pair: pair[0])
    cards = list(checked.cards.values())
    people = _people(owners[card.digest] for card in cards)
    # A payout that is being opened for one of them is seen below, or sees the card.
    await store.lock_persons(conn, people)
    changed = await store.replace_cards(conn, cards, at, caller.subject) if cards else set()
    reached = _people(owners[digest] for digest in changed)
    ready = await payouts_store.find_cards(conn, reached, changed)
    return Kept(
        new=len(changed),
        unchanged=len(cards) - len(changed),
        waiting_for_person=sum(owners[card.digest].person_id is None for card in cards),
        payouts_ready=ready,
        person_ids=sorted(people),
    )


def _people(owners: Iterable[OwnerOfCard]) -> set[int]:
    return {owner.person_id for owner in owners if owner.person_id is not None}
