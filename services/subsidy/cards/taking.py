"""Takes in what was checked of a list of cards, or says what would become of it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from fastapi import Response
from pydantic import JsonValue

from libs.common.bus.outbox import Cause
from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.idempotency import Once
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards.registering import CardList, Kept, check_rows, keep_cards
from services.subsidy.cards.schemas import CardsAnswer, RejectedRow, WarnedRow
from services.subsidy.cards.telling import tell_cards


async def take_in(
    context: SubsidyContext,
    caller: Caller,
    once: Once,
    rows: Sequence[tuple[int, object]],
    cause: Cause,
    *,
    dry_run: bool,
) -> Response:
    """Keep the good rows, each known by its place; of a dry run nothing but the look is kept."""
    now = context.clock.now()
    # In a thread: a list may be of a whole county.
    checked = await asyncio.to_thread(
        check_rows, rows, context.parts.vault, context.digests, business_date(now)
    )
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        trial = await conn.begin_nested() if dry_run else None
        kept = await keep_cards(conn, checked, caller, now)
        if trial is None:
            await tell_cards(conn, kept.person_ids, now, cause)
        else:
            await trial.rollback()
        done = "try_cards" if dry_run else "register_cards"
        await record_lookup(conn, caller, operation=done, at=now, person_ids=kept.person_ids)
        if kept.refused_ids:
            refused = kept.refused_ids
            await record_lookup(conn, caller, operation=f"{done}_refused", at=now, person_ids=refused)
        return await idempotency.answer(conn, once, _answer(checked, kept, dry_run=dry_run), 200)


def _answer(checked: CardList, kept: Kept, *, dry_run: bool) -> CardsAnswer:
    return CardsAnswer(
        dry_run=dry_run,
        accepted=kept.new + kept.unchanged,
        unchanged=kept.unchanged,
        waiting_for_person=kept.waiting_for_person,
        payouts_ready=kept.payouts_ready,
        rejected=[
            RejectedRow(index=index, problem=dict(cast("Mapping[str, JsonValue]", problem.to_json())))
            for index, problem in checked.rejected
        ],
        warnings=[
            *(WarnedRow(index=index, warning="luhn") for index in checked.warnings if index in checked.cards),
            *(
                WarnedRow(index=index, warning="holder_differs")
                for index, card in checked.cards.items()
                if card.digest in kept.differ
            ),
        ],
    )
