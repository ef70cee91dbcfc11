"""Shows batches: where each stands, what differs, who did what, and its lines with their people."""

from collections import defaultdict
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.owners import department_name, owner_of
from libs.common.clock import business_date
from libs.common.policy import Notice, Notices
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.batches import lines_store, rules, store
from services.collection.batches.reviewing import MOST_TOLD, compare
from services.collection.batches.rules import Difference
from services.collection.batches.schemas import (
    BatchDifference,
    BatchLine,
    BatchMove,
    BatchPerson,
    BatchStep,
    VillageBatch,
    VillageBatchSeen,
)
from services.collection.batches.store import Batch, Move
from services.collection.cash.collectors_store import Collector
from services.collection.cash.desk_schemas import PaperPer
from services.collection.cash.registering import channel_at, collector_at
from services.collection.cash.rules import paper_of


def shown(batch: Batch, notices: Notices, today: date) -> VillageBatch:
    """A batch as lists show it."""
    notice = notices.get((batch.county, batch.coverage_year))
    return VillageBatch.model_validate(_facts(batch, notice, today))


async def visible(conn: AsyncConnection, caller: Caller, batch_id: int) -> tuple[Batch, Collector]:
    """A batch that the caller may see, and whose it is. Raises Problem."""
    batch = await store.batch(conn, batch_id)
    if batch is None:
        raise NOT_FOUND.problem()
    check_division(caller, batch.division_code)
    return batch, await collector_at(conn, caller, batch.collector_id)


async def seen(
    conn: AsyncConnection, notice: Notice, collector: Collector, batch: Batch, today: date
) -> VillageBatchSeen:
    """A batch with all that differs now, and what was done to it."""
    # Of one that was reversed nothing is compared any more: all of it is gone, and its lines say so.
    found = [] if batch.state == "reversed" else await compare(conn, notice, collector, batch)
    return VillageBatchSeen.model_validate(
        _facts(batch, notice, today)
        | {
            "paper": _paper(notice, collector),
            "steps": _steps(notice, collector),
            "vouchers": await lines_store.count_numbers(conn, batch.batch_id),
            "differences": [_difference(one) for one in found[:MOST_TOLD]],
            "moves": [_move(one) for one in await store.moves(conn, batch.batch_id)],
        }
    )


async def lines_of(
    conn: AsyncConnection, notice: Notice, collector: Collector, batch: Batch, after: int, limit: int
) -> list[BatchLine]:
    """Some lines of a batch, with their paper and people."""
    lines = await lines_store.page(conn, batch.batch_id, after, limit)
    if not lines:
        return []
    span = lines[0].line_no, lines[-1].line_no
    numbers, people = defaultdict[int, list[str]](list), defaultdict[int, list[BatchPerson]](list)
    for number in await lines_store.numbers(conn, batch.batch_id, *span):
        numbers[number.line_no].append(number.voucher_no)
    for person in await lines_store.people(conn, batch.batch_id, *span):
        people[person.line_no].append(BatchPerson.model_validate(person))
    paper = paper_of(notice, channel_at(notice, collector.channel))
    differs = defaultdict[int | None, list[BatchDifference]](list)
    for one in rules.differences_of_lines(lines, rules.numbers_for(paper)):
        differs[one.line_no].append(_difference(one))
    return [
        BatchLine.model_validate(
            {name: getattr(line, name) for name in BatchLine.model_fields if hasattr(line, name)}
            | {
                "voucher_nos": numbers[line.line_no],
                "persons": people[line.line_no],
                "differences": differs[line.line_no],
            }
        )
        for line in lines
    ]


def _facts(batch: Batch, notice: Notice | None, today: date) -> dict[str, object]:
    own = VillageBatch.model_fields.keys() - {"overdue", "owner"}
    facts: dict[str, object] = {name: getattr(batch, name) for name in own}
    overdue = batch.state != "done" and rules.is_late(batch.due_on, today)
    # A notice that is gone says nobody's work any more; its batches are still shown.
    return facts | {"overdue": overdue, "owner": "" if notice is None else owner_of(notice, batch.department)}


def _steps(notice: Notice, collector: Collector) -> list[BatchStep]:
    """The steps of the notice in their order; none where it has no batches of this channel any more."""
    course = rules.batches_of(notice, collector.channel)
    found = []
    for step in course.steps if course is not None else ():
        department, department_zh = department_name(notice, step.department)
        found.append(
            BatchStep(
                step=step.id, kind=step.kind, label=step.label.en, label_zh=step.label.zh,
                department=step.department, department_label=department, department_label_zh=department_zh,
                owner=owner_of(notice, step.department),
            )
        )  # fmt: skip
    return found


def _paper(notice: Notice, collector: Collector) -> PaperPer | None:
    paper = paper_of(notice, channel_at(notice, collector.channel))
    if paper is None:
        return None
    return "person" if paper.per == "person" else "receipt"


def _difference(one: Difference) -> BatchDifference:
    return BatchDifference.model_validate(one.as_json())


def _move(move: Move) -> BatchMove:
    facts = {name: getattr(move, name) for name in BatchMove.model_fields if name != "late"}
    late = move.kind == "passed" or move.kind == "submitted"
    facts["late"] = late and rules.is_late(move.due_on, business_date(move.entered_at))
    return BatchMove.model_validate(facts | {"differences": move.differences or []})
