"""Writes to the bank or the channel about a day: the letter is kept, and its case waits for the money."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from libs.common.policy import Notice, Notices
from services.collection.assembly import CollectionContext
from services.collection.differences.rules import COMPARED
from services.collection.letters import store
from services.collection.letters.problems import LETTER_WITHOUT_BILL
from services.collection.letters.rules import Content, DayOwed, LineCame, Question, StatementSeen, content_of
from services.collection.letters.store import NewLetter
from services.collection.settlements import store as settlements
from services.collection.settlements.owing import owed_of
from services.collection.settlements.rules import STATEMENTS, Owed, Terms

#: So many statements are named in which the money was sought: a month of them.
_MOST_STATEMENTS = 31


async def write_letter(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, decision: Decision
) -> None:
    """Write a letter with both sides of a case about a day, and keep it as it is sent. Raises Problem."""
    told, county = case.evidence, case.county
    assert county is not None and case.division_code is not None, "it is a day of an account"
    channel, account = str(told["channel"]), str(told["account"])
    content = await _content(conn, context, case, county, (channel, account))
    said = content.model_dump_json()
    new = NewLetter(
        case_id=case.case_id,
        kind=case.kind,
        county=county,
        division_code=case.division_code,
        channel=channel,
        account=account,
        business_on=_day(told["business_on"]),
        owed_fen=content.owed_fen,
        content=said,
        sha256=sha256(said.encode()).hexdigest(),
        reason=decision.reason,
        sent_by=decision.by,
        sent_at=decision.at,
    )
    await store.add(conn, new)


async def _content(
    conn: AsyncConnection, context: CollectionContext, case: CaseRow, county: str, names: tuple[str, str]
) -> Content:
    channel, account = names
    told, terms = case.evidence, context.parts.settlements.get(county, {}).get(channel)
    days = told["days"] if isinstance(told["days"], list) else []
    wanted = {_day(one) for one in days} | {_day(told["business_on"])}
    owed = await _owed(conn, county, channel, terms or Terms(account=account), wanted)
    if not owed:
        raise LETTER_WITHOUT_BILL.problem()
    statement_id = told["statement_file_id"]
    named = {one.file_id for one in owed} | ({statement_id} if isinstance(statement_id, int) else set())
    hashes = await store.hashes(conn, named)
    looked: list[StatementSeen] = []
    if not isinstance(statement_id, int):
        since = min(one.business_on for one in owed)
        looked = await store.statements(conn, county, account, STATEMENTS, since, _MOST_STATEMENTS)
    return content_of(
        cast("Question", case.kind),
        _newest(context.notices, county),
        names,
        [_day_owed(one, hashes[one.file_id]) for one in owed],
        _came(case, hashes),
        looked,
    )


async def _owed(
    conn: AsyncConnection, county: str, channel: str, terms: Terms, wanted: set[date]
) -> list[Owed]:
    """What the channel owes of these days, by the bills that count now."""
    files = await settlements.files_of(conn, county, [channel], COMPARED)
    there = [one for one in files if one.business_on in wanted]
    return [one for days in owed_of(there, {channel: terms}) for one in days]


def _day_owed(one: Owed, sha256_hex: str) -> DayOwed:
    return DayOwed(
        on=one.business_on,
        gross_fen=one.gross_fen,
        fee_fen=one.fee_fen,
        owed_fen=one.owed_fen,
        sha256=sha256_hex,
    )


def _came(case: CaseRow, hashes: Mapping[int, str]) -> list[LineCame]:
    """The line of the statement, of a case that has one."""
    told = case.evidence
    file_id, line, fen = told["statement_file_id"], told["statement_line"], told["came_fen"]
    if not isinstance(file_id, int) or not isinstance(line, int) or not isinstance(fen, int):
        return []
    number = str(told["transaction_no"])
    return [
        LineCame(
            on=_day(told["came_on"]), amount_fen=fen, transaction_no=number, line=line, sha256=hashes[file_id]
        )
    ]


def _newest(notices: Notices, county: str) -> Notice:
    """The notice of the county's latest year: how its offices and channels are called now."""
    return max((one for one in notices.values() if one.county == county), key=lambda one: one.year)


def _day(value: object) -> date:
    return date.fromisoformat(str(value))
