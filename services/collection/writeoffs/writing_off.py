"""Writes off paper that is done with: proposes it, and carries it out when nothing stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.dates import first_second, instant_of
from libs.common.divisions import prefix_of
from libs.common.policy.format.custody_rules import Voucher
from libs.common.web.problems import FieldError
from services.collection.books import store as books
from services.collection.books.alarming import open_gaps
from services.collection.books.moving import By, carry_out
from services.collection.books.rules import Wanted
from services.collection.books.store import Paper
from services.collection.problems import WRITEOFF_OBSTRUCTED
from services.collection.writeoffs import rules, store
from services.collection.writeoffs.store import Done, NewWriteoff, Writeoff


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose paper is written off, and up to which day."""

    county: str
    coverage_year: int
    paper: Voucher
    division_code: str
    up_to: date

    @property
    def which(self) -> Paper:
        """The paper in the books."""
        return Paper(self.county, self.paper.code)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is done with, and what has to be settled first."""

    done: Sequence[Done]
    obstacles: Sequence[FieldError]

    def count(self, state: str) -> int:
        """How many numbers were used (`held`), or are void."""
        return sum(one.numbers.count for one in self.done if one.state == state)


async def propose(conn: AsyncConnection, scope: Scope, today: date) -> Proposal:
    """Say what would be written off up to a day, and what stands in the way."""
    ends = instant_of(first_second(scope.up_to + timedelta(days=1)))
    division = prefix_of(scope.division_code)
    done = await store.done(conn, scope.which, division, ends)
    obstacles = list(rules.faults_of_day(scope.paper, scope.up_to, today))
    for gap in await open_gaps(conn, division, ends):
        if Paper(gap.county, gap.voucher) == scope.which:
            obstacles.append(
                FieldError(
                    "#/up_to",
                    f"{gap} of collector {gap.collector_id} was skipped: enter its receipt, or declare it.",
                    f"收缴点 {gap.collector_id} 的 {gap} 跳号：请补登收款，或申报作废、遗失、交回。",
                )
            )
    obstacles += [
        FieldError(
            "#/up_to",
            f"{one} of {one.holder} is lost, and nobody has decided: decide its case.",
            f"{one.holder.zh}的 {one} 已遗失且尚未处理：请先处理其待办事项。",
        )
        for one in await store.lost(conn, scope.which, division)
    ]
    return Proposal(done, obstacles)


async def write_off(conn: AsyncConnection, scope: Scope, by: By) -> Writeoff:
    """Write off what is done with, for good. Raises Problem with what stands in the way."""
    await books.hold(conn, scope.which, alone=True)
    proposal = await propose(conn, scope, business_date(by.now))
    obstacles = list(proposal.obstacles)
    if not obstacles and not proposal.done:
        obstacles.append(FieldError("#/up_to", "Nothing is used or void.", "没有已使用或作废的票据。"))
    if obstacles:
        raise WRITEOFF_OBSTRUCTED.problem(errors=obstacles)
    new = NewWriteoff(
        county=scope.county,
        division_code=scope.division_code,
        coverage_year=scope.coverage_year,
        voucher=scope.paper.code,
        up_to=scope.up_to,
        used=proposal.count("held"),
        void=proposal.count("void"),
        entered_at=by.now,
        entered_by=by.subject,
    )
    writeoff_id = await store.add(conn, new)
    if writeoff_id is None:
        again = FieldError("#/up_to", "It was written off up to this day.", "该日期已核销，核销后不再更改。")
        raise WRITEOFF_OBSTRUCTED.problem(errors=[again])
    ends = instant_of(first_second(scope.up_to + timedelta(days=1)))
    moves = [(Wanted("written_off", one.numbers, ends), [one]) for one in proposal.done]
    await carry_out(conn, scope.which, moves, by, writeoff_id)
    members = {name: getattr(new, name) for name in NewWriteoff.__dataclass_fields__}
    return Writeoff(**members, writeoff_id=writeoff_id)
