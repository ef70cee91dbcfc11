"""Takes a party's answer in: all of a file or nothing, and the same file only once."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.kinds import CaseKind
from libs.common.cases.store import CaseRow, Gone, NewCase
from libs.common.web.problems import FieldError, Problem
from services.collection.cases.exchanges import BUREAU, COLLECTOR, CONTRADICTION, ROW_REFUSED
from services.collection.exchange import answers_store, store
from services.collection.exchange.answers_store import KeptAnswer
from services.collection.exchange.problems import ANSWERS_REFUSED
from services.collection.exchange.profiles import Profile
from services.collection.exchange.reading import AnswerUnreadable, read_answer
from services.collection.exchange.rules import (
    AnswerFault,
    AnswerLine,
    Outcome,
    SentRow,
    judge,
    subject_of,
)
from services.collection.exchange.schemas import TakenAnswers
from services.collection.exchange.store import Batch

_MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it came, from whom and when."""

    content: bytes
    by: str
    at: datetime


_Pairs = Sequence[tuple[SentRow, AnswerLine]]


async def take_answers(conn: AsyncConnection, batch: Batch, told: Told) -> TakenAnswers:
    """Take an answer about a batch in. Raises Problem with the lines at fault, and then takes nothing."""
    await answers_store.lock(conn, batch.batch_id)
    sha256 = hashlib.sha256(told.content).digest()
    if (before := await answers_store.known(conn, batch.batch_id, sha256)) is not None:
        return TakenAnswers.model_validate(before).model_copy(update={"repeated": True})
    layout = await store.layout_of(conn, batch.batch_id)
    try:
        file = await asyncio.to_thread(read_answer, told.content, Profile.model_validate(layout))
    except AnswerUnreadable as unreadable:
        raise _refused(unreadable.faults) from None
    sent = await answers_store.sent(conn, batch.batch_id, [line.number for line in file.lines])
    judged = judge(file, batch.batch_no, sent)
    if judged.faults:
        raise _refused(judged.faults)
    await answers_store.take(conn, batch.batch_id, judged.news, told.at)
    await _ask(conn, batch, judged.news, judged.contradictions, told.at)
    answer = TakenAnswers(
        batch_id=batch.batch_id,
        accepted=_count(judged.news, "accepted"),
        refused=_count(judged.news, "refused"),
        contradictions=len(judged.contradictions),
    )
    kept = answer.model_dump(mode="json", exclude={"repeated"})
    await answers_store.keep(conn, KeptAnswer(batch.batch_id, sha256, told.content, kept, told.at, told.by))
    return answer


async def _ask(
    conn: AsyncConnection, batch: Batch, news: _Pairs, contradictions: _Pairs, at: datetime
) -> None:
    """Open what has to be looked at; what is accepted by now needs no look any more."""
    rows = await answers_store.about(
        conn, batch.batch_id, [row.row_no for row, _ in (*news, *contradictions)]
    )
    newest = [(row, line) for row, line in news if rows[row.row_no].newest]
    accepted = [
        Gone(ROW_REFUSED.code, subject_of(batch.party, batch.kind, row.number))
        for row, line in newest
        if line.outcome == "accepted"
    ]
    await cases.close_cases(conn, accepted, at, "it was accepted")
    refused = [(row, line) for row, line in newest if line.outcome == "refused"]
    await cases.open_cases(
        conn,
        [
            _case(kind, batch, row, line, rows[row.row_no], at)
            for kind, pairs in ((ROW_REFUSED, refused), (CONTRADICTION, contradictions))
            for row, line in pairs
        ],
    )


def _case(
    kind: CaseKind, batch: Batch, row: SentRow, line: AnswerLine, about: answers_store.About, at: datetime
) -> NewCase:
    """A case about a row: what was sent, and what the other side says of it."""
    contradicts = kind is CONTRADICTION
    evidence: dict[str, JsonValue] = {
        "batch_id": batch.batch_id,
        "batch_no": batch.batch_no,
        "party": batch.party,
        "kind": batch.kind,
        "row_no": row.row_no,
        "number": row.number,
        "payment_id": about.payment_id,
        "line_no": about.line_no,
        "said_before": row.state if contradicts else None,
        "says_now": line.outcome,
        "code": line.code,
        "words": line.words,
    }
    subject = subject_of(batch.party, batch.kind, row.number)
    return NewCase(
        kind=kind.code,
        subject=f"{subject}/{batch.batch_no}" if contradicts else subject,
        owner=COLLECTOR if about.payment_id is not None else BUREAU,
        proposed=kind.steps[0].code,
        opened_at=at,
        evidence=evidence,
        county=batch.county,
        coverage_year=batch.coverage_year,
        division_code=batch.division_code,
        person_id=about.person_id,
        amount_fen=about.amount_fen,
    )


async def send_again(conn: AsyncConnection, case: CaseRow, at: datetime) -> None:
    """Have the row of a case go again as it is, with the next batch."""
    await answers_store.release(conn, _number(case, "batch_id"), _number(case, "row_no"), at)


async def take_word(conn: AsyncConnection, case: CaseRow, at: datetime) -> None:
    """Take what the other side says now of the row of a case in place of what it said first.

    What it refuses now is asked about like all that it refused.
    """
    outcome: Outcome = "accepted" if case.evidence["says_now"] == "accepted" else "refused"
    row_no, number = _number(case, "row_no"), str(case.evidence["number"])
    code, words = (case.evidence[name] for name in ("code", "words"))
    line = AnswerLine(
        0, number, outcome, str(code) if code is not None else None, str(words) if words is not None else None
    )
    batch = await store.one(conn, _number(case, "batch_id"))
    assert batch is not None, "batches are never deleted"
    told = [(SentRow(row_no, number, "sent"), line)]
    await answers_store.take(conn, batch.batch_id, told, at)
    await _ask(conn, batch, told, (), at)


def _number(case: CaseRow, name: str) -> int:
    value = case.evidence[name]
    assert isinstance(value, int)
    return value


def _count(pairs: _Pairs, outcome: Outcome) -> int:
    return sum(line.outcome == outcome for _, line in pairs)


def _refused(faults: Sequence[AnswerFault]) -> Problem:
    problem = ANSWERS_REFUSED.problem(
        errors=[
            FieldError(f"#/lines/{fault.line}" if fault.line else "#/file", fault.detail, fault.detail_zh)
            for fault in sorted(faults, key=lambda fault: fault.line)[:_MOST_FAULTS]
        ]
    )
    if len(faults) > _MOST_FAULTS:
        problem.extensions["more_errors"] = len(faults) - _MOST_FAULTS
    return problem
