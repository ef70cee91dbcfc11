"""Looks through a month before it is closed: everything that the ledger can tell by itself has to hold.

That every posting is what the rules make of its fact, and that services agree, `canbao verify` computes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notices
from services.ledger.accounts.rules import account_of
from services.ledger.handovers import closing as handover_closing
from services.ledger.handovers import store as handovers_store
from services.ledger.handovers.rules import calendar_of, digest
from services.ledger.periods import checks_store, store
from services.ledger.periods.rules import Turnover, begins_at, closing_balances, next_month
from services.ledger.postings.rules import Season
from services.ledger.totals import store as totals_store


@dataclass(frozen=True, slots=True)
class Check:
    """What has to hold, said as what is wrong where it does not, and how to mend it."""

    title: str
    title_zh: str
    mend: str
    mend_zh: str


_OPERATOR = (
    "Have the operator compare with canbao verify: the database was changed behind the ledger.",
    "请由运维人员用 canbao verify 核对：数据库可能被绕过系统修改。",
)
CHECKS: Mapping[str, Check] = {
    "debits_differ": Check("Debits and credits differ", "借贷不平", *_OPERATOR),
    "opening_differs": Check(
        "The opening balance is not the closing balance of the month before",
        "期初余额与上月期末余额不符",
        *_OPERATOR,
    ),
    "account_unknown": Check(
        "Money stands on no account of the chart", "资金记在科目表以外的科目", *_OPERATOR
    ),
    "posting_without_fact": Check(
        "A posting comes from no stored fact", "分录没有对应的业务事实", *_OPERATOR
    ),
    "event_parked": Check(
        "An event of this month or before could not be posted, and is parked",
        "本月及以前有业务事件未能入账，已搁置",
        "Have the operator look at canbao bus dead-letters, and retry it when its cause is mended.",
        "请运维人员用 canbao bus dead-letters 查看，排除原因后重试。",
    ),
    "books_apart": Check(
        "What went to the books of another county or year did not arrive there",
        "转往他县或他年度账簿的资金未对应入账",
        *_OPERATOR,
    ),
    "suspense_below_zero": Check(
        "More was taken out of suspense for a payment line than is known to have come in",
        "某缴费明细从暂存转出多于转入",
        "Wait until the event of its payment has arrived; the operator sees parked ones.",
        "请等待该笔缴费事件到达；如有搁置事件请联系运维人员。",
    ),
    "cash_below_zero": Check(
        "A collector banked more than was recorded to have been taken",
        "收款人解款多于已登记的收款",
        "Have the receipts recorded in collection, or the deposit corrected: it has a case there.",
        "请在征缴服务补登收款记录或更正解款，该事项已列入待办。",
    ),
    "movement_not_posted": Check(
        "A movement is not posted as it is on record, or its case is missing",
        "资金划转登记与分录不符，或缺少应有的核定事项",
        *_OPERATOR,
    ),
    "movement_case_open": Check(
        "Whether money that moved off its way was right is not decided",
        "未按规定路径或部门划转的资金尚未核定",
        "Decide the case under /v1/cases; two persons.",
        "请在 /v1/cases 办结该事项（须两人）。",
    ),
    "handover_open": Check(
        "A handover that was due in this month or before is not sealed",
        "本月及以前应办的移交尚未封存",
        "Close the deadline under /v1/handovers.",
        "请在 /v1/handovers 办理关账封存。",
    ),
    "handover_differs": Check(
        "A sealed handover computed again is not the same", "已封存的移交重新计算结果不一致", *_OPERATOR
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One flaw: of which check, about what, and with how much money."""

    check: str
    subject: str
    amount_fen: int | None = None


#: Sealed handovers that were computed again and were the same, with their hashes.
Seals = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything for which a month is not to be closed, and the seals that hold."""

    flaws: list[Found]
    seals: Seals


async def examine(
    conn: AsyncConnection, notices: Notices, county: str, month: date, known: Seals | None = None
) -> Examined:
    """Look a month through; a seal of `known` is not computed again.

    Its members, their postings and the seal itself only ever grow by what is not its own (the database keeps
    that), so the second look would compute the same from the same rows; it is most of the work.
    """
    known, seals = known or {}, dict[str, str]()
    turnovers = await store.turnovers(conn, county, month)
    closings = await store.closings(conn, county)
    before = next((one.document for one in closings if next_month(one.month) == month), None)
    found = [*_accounts(turnovers), *_opening(turnovers, before)]
    for code, some in (await checks_store.wrong(conn, county, month)).items():
        found += [Found(code, one.subject, one.amount_fen) for one in some]
    for year in sorted({one.coverage_year for one in turnovers}):
        found += await _handovers(conn, notices, Season(county, year), month, known, seals)
    return Examined(found, seals)


def _accounts(turnovers: Sequence[Turnover]) -> Iterator[Found]:
    difference = sum(one.debit_fen - one.credit_fen for one in turnovers)
    if difference:
        yield Found("debits_differ", "accounts", difference)
    for one in turnovers:
        try:
            account_of(one.account)
        except KeyError:
            yield Found("account_unknown", f"accounts/{one.account}", one.closing_fen)


def _opening(turnovers: Sequence[Turnover], before: str | None) -> Iterator[Found]:
    """Compare with what was frozen of the month before."""
    if before is None:
        return
    frozen = closing_balances(before)
    opening = {(one.coverage_year, one.account): one.opening_fen for one in turnovers}
    for key in sorted(frozen.keys() | opening.keys()):
        difference = opening.get(key, 0) - frozen.get(key, 0)
        if difference:
            yield Found("opening_differs", f"accounts/{key[1]}", difference)


async def _handovers(
    conn: AsyncConnection,
    notices: Notices,
    season: Season,
    month: date,
    known: Seals,
    seals: dict[str, str],
) -> list[Found]:
    """Find what is not sealed or not the same again; `seals` gets what holds."""
    notice = notices.get((season.county, season.coverage_year))
    if notice is None:
        return []
    await totals_store.plan_for_many(conn)
    sealed = await handovers_store.sealed(conn, season)
    ids, after = {row.deadline_id for row in sealed}, next_month(month)
    place = f"handovers/{season.county}/{season.coverage_year}"
    found = [
        Found("handover_open", f"{place}/{deadline.id}")
        for deadline in calendar_of(notice)
        if deadline.due_on < after and deadline.id not in ids
    ]
    for row in sealed:
        if begins_at(month) < row.cutoff_at <= begins_at(after):
            which = f"{place}/{row.deadline_id}"
            again = row.document
            if known.get(which) != row.sha256:
                again = await handover_closing.recomputed(conn, row, sealed)
            if again != row.document or digest(row.document) != row.sha256:
                found.append(Found("handover_differs", which, row.amount_fen))
            else:
                seals[which] = row.sha256
    return found
