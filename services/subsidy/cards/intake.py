"""Takes in lists of cards: checks every row, keeps the good ones, says what is wrong with the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_account
from libs.common.web.catalogue import INVALID_REQUEST, OUTSIDE_DIVISION
from libs.common.web.problems import FieldError, Problem
from services.subsidy.cards import problems, rules, store
from services.subsidy.cards.store import NewCard
from services.subsidy.cards.vault import AccountVault
from services.subsidy.payouts import store as payouts_store

_TEXT_MEMBERS = ("id_number", "account_no", "bank", "holder")


@dataclass(slots=True)
class CardList:
    """What became of a list of cards. `warnings` are indexes of rows whose number fails Luhn."""

    cards: dict[int, NewCard] = field(default_factory=dict)
    rejected: list[tuple[int, Problem]] = field(default_factory=list)
    warnings: list[int] = field(default_factory=list)


def check_rows(
    rows: Sequence[Any], vault: AccountVault, digest_of: Callable[[Any], str], today: date
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
    row: Any, vault: AccountVault, digest_of: Callable[[Any], str], today: date
) -> tuple[NewCard, bool]:
    if not isinstance(row, dict):
        raise INVALID_REQUEST.problem(errors=[FieldError("#", "A row is an object.", "每行应为一个对象。")])
    missing = [name for name in _TEXT_MEMBERS if not isinstance(row.get(name), str) or not row[name].strip()]
    if missing:
        raise INVALID_REQUEST.problem(
            errors=[
                FieldError(f"#/{name}", "This text is needed.", "此项必填，且应为文本。") for name in missing
            ]
        )
    account_no = rules.normalized_account(row["account_no"])
    faults = [
        FieldError(f"#/{fault.member}", fault.detail, fault.detail_zh)
        for fault in rules.card_faults(account_no, row["bank"].strip(), row["holder"].strip())
    ]
    try:
        document = identify(row["id_number"], today)
    except IdentityNumberInvalid as error:
        faults.append(FieldError("#/id_number", str(error), error.message_zh))
    if faults:
        raise INVALID_REQUEST.problem(errors=faults)
    card = NewCard(
        digest=digest_of(document),
        account_cipher=vault.seal(account_no),
        account_digest=vault.digest(account_no),
        account_masked=mask_account(account_no),
        bank=row["bank"].strip(),
        holder=row["holder"].strip(),
    )
    return card, not rules.passes_luhn(account_no)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a list of cards changed."""

    new: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    person_ids: list[int]


async def keep_cards(conn, checked: CardList, caller: Caller, at: datetime) -> Kept:
    """Write the good cards, leaving out people outside the caller's division, and look what they unblock."""
    owners = await store.lock_owners(conn, [card.digest for card in checked.cards.values()])
    for index, card in list(checked.cards.items()):
        owner = owners[card.digest]
        if owner.person_id is not None and not caller.sees(owner.division_code):
            checked.rejected.append((index, OUTSIDE_DIVISION.problem()))
            del checked.cards[index]
    checked.rejected.sort(key=lambda pair: pair[0])
    cards = list(checked.cards.values())
    people = {owners[card.digest].person_id for card in cards} - {None}
    # A payout that is being opened for one of them is seen below, or sees the card.
    await store.lock_persons(conn, people)
    changed = await store.replace_cards(conn, cards, at, caller.subject) if cards else set()
    reached = {owners[digest].person_id for digest in changed} - {None}
    ready = await payouts_store.find_cards(conn, reached, changed)
    return Kept(
        new=len(changed),
        unchanged=len(cards) - len(changed),
        waiting_for_person=sum(owners[card.digest].person_id is None for card in cards),
        payouts_ready=ready,
        person_ids=sorted(people),
    )
