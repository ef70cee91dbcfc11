"""Enters the terms of the match, which two agree on."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.money import yuan_text
from libs.common.policy import Notice
from libs.common.policy.format.rules import NamedAmount
from libs.common.security.caller import Caller
from libs.common.web.problems import FieldError
from services.ledger.matches import store
from services.ledger.matches.problems import MATCH_NOT_ASKED, MATCH_TERMS_REFUSED
from services.ledger.matches.rules import LEVELS, WHOLE, part_of
from services.ledger.matches.schemas import NewTerms

#: What the second person agrees to.
OPERATION = "match_terms"


def amount_of(notice: Notice) -> NamedAmount:
    """The match per head as the notice has it. Raises Problem where the notice asks for none."""
    if notice.fiscal_match is None:
        raise MATCH_NOT_ASKED.problem()
    return notice.amounts.named(notice.fiscal_match.amount)


def check(notice: Notice, terms: NewTerms) -> None:
    """Refuse terms that add up to more or less than all, or contradict the notice. Raises Problem."""
    if faults := list(_faults(notice, terms, amount_of(notice))):
        raise MATCH_TERMS_REFUSED.problem(errors=faults)


def _faults(notice: Notice, terms: NewTerms, amount: NamedAmount) -> Iterator[FieldError]:
    levels = [share.level for share in terms.shares]
    if sum(part_of(share.percent) for share in terms.shares) != WHOLE or len(set(levels)) < len(levels):
        yield FieldError("#/shares", "Name each level once, 100 % together.", "各级各写一次，合计 100%。")
    least = amount.floor
    if least is not None and terms.per_head_fen < least:
        yield FieldError(
            "#/per_head_fen",
            f"The notice has at least {yuan_text(least)} yuan.",
            f"通知规定不低于 {yuan_text(least)} 元。",
        )
    if amount.parameter is None and amount.value is not None and terms.per_head_fen != amount.value:
        yield FieldError(
            "#/per_head_fen",
            f"The notice states {yuan_text(amount.value)} yuan.",
            f"通知规定为 {yuan_text(amount.value)} 元。",
        )
    statuses = [one.status for one in terms.classes]
    if not set(statuses) <= notice.statuses.keys() or len(set(statuses)) < len(statuses):
        yield FieldError("#/classes", "Name statuses of the notice, once.", "请填写通知所列身份，各写一次。")


async def ask(
    conn: AsyncConnection, notice: Notice, terms: NewTerms, caller: Caller, now: datetime
) -> ApprovalRow:
    """Keep checked terms until a second person agrees; nothing counts before. Raises Problem 409."""
    return await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"fiscal-match/{notice.county}/{notice.year}",
            payload=terms.model_dump(mode="json"),
            reason=f"{terms.document_no}: {yuan_text(terms.per_head_fen)} 元/人",
            asked_by=caller.subject,
            asked_at=now,
            county=notice.county,
            coverage_year=notice.year,
            division_code=notice.division.ljust(CODE_LENGTH, "0"),
        ),
    )


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: the terms count from the next match on."""
    terms = NewTerms.model_validate(asked.payload)
    assert decision.approved_by is not None, "an approval has a second person"
    await store.add_terms(
        conn,
        store.NewTerms(
            county=terms.county,
            coverage_year=terms.coverage_year,
            per_head_fen=terms.per_head_fen,
            shares=_kept(
                {
                    level: part_of(one.percent)
                    for level in LEVELS
                    for one in terms.shares
                    if one.level == level and part_of(one.percent)
                }
            ),
            classes=_kept({one.status: one.level for one in terms.classes}),
            fixed_on=terms.fixed_on,
            document_no=terms.document_no,
            asked_by=decision.by,
            agreed_by=decision.approved_by,
            agreed_at=decision.at,
        ),
    )


def _kept(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
