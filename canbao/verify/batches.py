"""Checks of village batches: what was passed is what is there, by another person, and then at the bank."""

from dataclasses import dataclass
from datetime import datetime

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.collection.batches.rules import waits_for_release


@dataclass(slots=True)
class _Pass:
    batch_id: int
    step: str
    people: int
    amount_fen: int
    paper_people: int | None
    paper_fen: int | None
    money_fen: int | None
    of_lines: int
    of_lines_fen: int


@dataclass(slots=True)
class _Standing:
    batch_id: int
    state: str
    last: str


@dataclass(slots=True)
class _Own:
    batch_id: int
    step: str
    entered_by: str


@dataclass(slots=True)
class _Banked:
    deposit_id: int
    batch_id: int | None
    county: str
    coverage_year: int
    channel: str
    entered_at: datetime


@dataclass(slots=True)
class _Paid:
    payment_id: int
    batch_id: int
    line_no: int
    receipt_fen: int
    lines: int
    fen: int


@dataclass(slots=True)
class _Left:
    batch_id: int
    line_no: int
    fen: int


@dataclass(slots=True)
class _Posted:
    payment_id: int
    lines: int
    fen: int


_COUNT = statement("SELECT (SELECT count(*) FROM village_batches) + (SELECT count(*) FROM batch_moves)")
_PASSED = statement("""
    SELECT m.batch_id, m.step, m.people, m.amount_fen, m.paper_people, m.paper_fen, m.money_fen,
           l.people AS of_lines, l.fen AS of_lines_fen
    FROM batch_moves m JOIN village_batches b USING (batch_id), LATERAL (
        SELECT coalesce(sum(people), 0)::integer AS people, coalesce(sum(amount_fen), 0)::bigint AS fen
        FROM cash_receipts WHERE batch_id = b.batch_id
    ) AS l
    WHERE m.kind = 'passed' AND m.round = b.round AND b.state IN ('open', 'done')
      AND ((m.people, m.amount_fen) <> (l.people, l.fen) OR (
           m.paper_fen IS NOT NULL AND (m.paper_people, m.paper_fen, m.money_fen)
           IS DISTINCT FROM (m.people, m.amount_fen, m.amount_fen)))
    ORDER BY m.batch_id, m.move_no
""")
_STANDING = statement("""
    SELECT batch_id, state, last FROM (
        SELECT b.batch_id, b.state, (
            SELECT kind FROM batch_moves m WHERE m.batch_id = b.batch_id AND kind <> 'corrected'
            ORDER BY move_no DESC LIMIT 1) AS last
        FROM village_batches b
    ) AS found
    WHERE CASE last WHEN 'opened' THEN 'draft' WHEN 'sent_back' THEN 'sent_back'
          WHEN 'discarded' THEN 'discarded' WHEN 'reversed' THEN 'reversed' ELSE 'open' END <> state
      AND (last, state) <> ('passed', 'done')
    ORDER BY batch_id
""")
_OWN = statement("""
    SELECT DISTINCT m.batch_id, m.step, m.entered_by FROM batch_moves m
    WHERE m.kind = 'passed' AND m.paper_fen IS NOT NULL AND EXISTS (
        SELECT FROM batch_moves o WHERE o.batch_id = m.batch_id AND o.entered_by = m.entered_by
        AND o.move_no < m.move_no AND (o.kind IN ('opened', 'submitted', 'corrected')
             OR (o.kind = 'passed' AND o.round = m.round AND o.department <> m.department)))
    ORDER BY 1, 2
""")
_BANKED = statement("""
    SELECT d.deposit_id, r.batch_id, r.county, r.coverage_year, c.channel, min(d.entered_at) AS entered_at
    FROM cash_receipts r JOIN cash_deposits d USING (deposit_id)
    JOIN collectors c ON c.collector_id = r.collector_id
    LEFT JOIN village_batches b ON b.batch_id = r.batch_id
    WHERE (b.released_at IS NULL OR b.released_at > d.entered_at)
      AND d.entered_at > (SELECT min(opened_at) FROM village_batches v
                          WHERE v.county = r.county AND v.coverage_year = r.coverage_year)
      AND r.county = ANY(CAST(:counties AS text[]))
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1
""")
_PAID = statement("""
    SELECT r.payment_id, r.batch_id, r.batch_line_no AS line_no, r.amount_fen AS receipt_fen,
           count(*)::integer AS lines, sum(l.amount_fen)::bigint AS fen
    FROM cash_receipts r JOIN village_batches b USING (batch_id)
    JOIN payment_lines l ON l.payment_id = r.payment_id
    WHERE b.state IN ('open', 'done', 'reversed') GROUP BY r.receipt_id ORDER BY 1
""")
_LEFT = statement("""
    SELECT batch_id, batch_line_no AS line_no, r.amount_fen - r.returned_fen AS fen
    FROM cash_receipts r JOIN village_batches b USING (batch_id)
    WHERE b.state = 'reversed' AND r.state <> 'refused' AND r.returned_fen < r.amount_fen ORDER BY 1, 2
""")
# Of a part that is told of again, the amount is what is left of it: the whole of it was told first.
_POSTED = statement("""
    SELECT payment_id, count(*)::integer AS lines, sum(fen)::bigint AS fen FROM (
        SELECT payment_id, line_no, max(CASE type
            WHEN 'canbao.payment.received.v1'
            THEN (data::jsonb ->> 'own_fen')::bigint + coalesce((data::jsonb ->> 'add_on_fen')::bigint, 0)
            ELSE (data::jsonb ->> 'amount_fen')::bigint END) AS fen
        FROM facts WHERE payment_id = ANY(CAST(:payments AS bigint[])) GROUP BY 1, 2
    ) AS parts GROUP BY 1
""")


async def are_what_was_passed(sources: Sources, found: Findings) -> None:
    """Passed batches are as they were compared, by others than made them, released, paid, and posted so."""
    found.compared = await sources.number("collection", _COUNT)
    async for one in sources.stream("collection", _Pass, _PASSED):
        seen = f"paper {one.paper_fen}, money {one.money_fen}, file {one.amount_fen} fen of {one.people}"
        wrong = f"passed {one.step} with {seen}; its lines are {one.of_lines_fen} fen of {one.of_lines}"
        found.differs(f"batch {one.batch_id}", wrong)
    async for row in sources.stream("collection", _Standing, _STANDING):
        found.differs(f"batch {row.batch_id}", f"is {row.state}, though last it was {row.last}")
    async for own in sources.stream("collection", _Own, _OWN):
        found.differs(f"batch {own.batch_id}", f"passed {own.step} by {own.entered_by}, who had a part in it")
    async for left in sources.stream("collection", _Left, _LEFT):
        which = f"batch {left.batch_id}, line {left.line_no}"
        found.differs(which, f"has {left.fen} fen left, though the batch was reversed")
    await _money_waited(sources, found)
    await _is_posted(sources, found)


async def _money_waited(sources: Sources, found: Findings) -> None:
    """Where the notice has money wait for a review, none went to the bank before."""
    waiting = {season for season, one in sources.notices.items() if one.document.village_batches is not None}
    counties = sorted({county for county, _ in waiting})
    async for row in sources.stream("collection", _Banked, _BANKED, counties=counties):
        notice = sources.notices.get((row.county, row.coverage_year))
        if notice is not None and waits_for_release(notice, row.channel):
            which = "no batch" if row.batch_id is None else f"batch {row.batch_id}"
            found.differs(f"deposit {row.deposit_id}", f"brought money of {which} that was not released")


async def _is_posted(sources: Sources, found: Findings) -> None:
    """Each line of a batch that was handed in is the same money as a receipt, a payment and in the ledger."""
    paid = await sources.rows("collection", _Paid, _PAID)
    ids = [one.payment_id for one in paid]
    posted = {one.payment_id: one for one in await sources.rows("ledger", _Posted, _POSTED, payments=ids)}
    for one in paid:
        which = f"batch {one.batch_id}, line {one.line_no}"
        if one.fen != one.receipt_fen:
            found.differs(which, f"is a receipt of {one.receipt_fen} fen, its payment comes to {one.fen}")
        there = posted.get(one.payment_id, _Posted(one.payment_id, 0, 0))
        if (there.lines, there.fen) != (one.lines, one.fen):
            known = f"the ledger knows {there.lines} of {there.fen} fen"
            found.differs(which, f"was paid in {one.lines} parts of {one.fen} fen, {known}")
