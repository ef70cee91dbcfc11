"""Checks that help stands on something: a payment, an exemption or a case; and money back on its line."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import CHUNK, Sources
from canbao.verify.twice import known_twice
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Grant:
    """A grant that stands, with what subsidy knows of the payment, or the exemption, that it rests on."""

    grant_id: int
    payment_id: int | None
    line_no: int | None
    exempted_by: int | None
    line_stands: bool
    has_case: bool


@dataclass(slots=True)
class _Line:
    payment_id: int
    line_no: int


@dataclass(slots=True)
class _Standing:
    grant_id: int


@dataclass(slots=True)
class _Unfunded:
    payment_id: int
    line_no: int
    back_fen: int
    taken_fen: int


@dataclass(slots=True)
class _Returned:
    payment_id: int
    line_no: int
    amount_fen: int


@dataclass(slots=True)
class _Over:
    payment_id: int
    line_no: int
    amount_fen: int
    refunded_fen: int


# What went back of the line `l`: by refunds that were approved or paid, and outside.
_BACK = """
    LEFT JOIN LATERAL (
        SELECT sum(every.fen)::bigint AS fen, bool_or(every.withdraws) AS ends
        FROM (SELECT amount_fen AS fen, withdraws FROM refunds r
              WHERE r.payment_id = l.payment_id AND r.line_no = l.line_no AND r.state IN ('approved', 'paid')
              UNION ALL
              SELECT amount_fen, withdraws FROM line_returns r
              WHERE r.payment_id = l.payment_id AND r.line_no = l.line_no) AS every
    ) AS back ON true
"""
# Where several payers make somebody exempt together, one of their grants says that this is complete.
_GRANTS = statement(f"""
    SELECT g.grant_id, g.payment_id, g.line_no, exempt.grant_id AS exempted_by,
           coalesce(l.state = 'applied' AND back.ends IS NOT TRUE
                    AND coalesce(back.fen, 0) < l.amount_fen, false) AS line_stands,
           EXISTS (SELECT FROM cases c WHERE c.subject = 'grants/' || g.grant_id) AS has_case
    FROM grants g LEFT JOIN payment_lines l ON l.payment_id = g.payment_id AND l.line_no = g.line_no
    LEFT JOIN (SELECT enrollment_id, max(grant_id) AS grant_id FROM grants
               WHERE completes_enrollment AND revoked_at IS NULL GROUP BY enrollment_id) AS exempt
           ON exempt.enrollment_id = g.enrollment_id
    {_BACK}
    WHERE g.revoked_at IS NULL AND NOT g.elsewhere ORDER BY g.grant_id
""")
_APPLIED = statement("""
    SELECT payment_id, line_no FROM payment_lines
    WHERE payment_id = ANY(CAST(:ids AS bigint[])) AND state = 'applied'
""")
_COMPLETIONS = statement("""
    SELECT reference::bigint AS grant_id FROM completions
    WHERE kind = 'grant' AND reference = ANY(CAST(:ids AS text[]))
      AND completed_at IS NOT NULL AND undone_at IS NULL
""")
_UNFUNDED = statement("""
    SELECT f.payment_id, f.line_no,
           sum(CASE WHEN p.kind IN ('refund', 'returned', 'bounced') THEN fen ELSE 0 END)::bigint AS back_fen,
           sum(CASE WHEN p.kind IN ('refund_of_suspense', 'refund_of_contribution', 'refund_of_add_on',
                                    'refund_of_repair', 'returned_of_repair',
                                    'returned_of_contribution', 'returned_drawn') THEN fen
                    WHEN p.kind = 'refund_returned' THEN -fen ELSE 0 END)::bigint AS taken_fen
    FROM facts f
    JOIN (SELECT fact_id, kind, CASE WHEN reversal THEN -amount_fen ELSE amount_fen END AS fen
          FROM postings WHERE kind LIKE 'refund%' OR kind LIKE 'returned%' OR kind = 'bounced') AS p
      ON p.fact_id = f.id
    GROUP BY f.payment_id, f.line_no
    HAVING sum(CASE WHEN p.kind IN ('refund', 'returned', 'bounced', 'refund_returned') THEN fen
                    WHEN p.kind IN ('refund_of_suspense', 'refund_of_contribution', 'refund_of_add_on',
                                    'refund_of_repair', 'returned_of_repair',
                                    'returned_of_contribution', 'returned_drawn') THEN -fen ELSE 0 END) <> 0
    ORDER BY 1, 2
""")
_GIVEN_BACK = statement("SELECT count(*) FROM postings WHERE kind IN ('refund', 'returned', 'bounced')")
_RETURNED_OF_NOTHING = statement("""
    SELECT payment_id, line_no, sum(amount_fen)::bigint AS amount_fen FROM line_returns r
    WHERE NOT EXISTS (SELECT FROM payment_lines l
                      WHERE l.payment_id = r.payment_id AND l.line_no = r.line_no)
    GROUP BY payment_id, line_no ORDER BY 1, 2
""")
# What went out twice has a case.
_OVER = statement(f"""
    SELECT l.payment_id, l.line_no, l.amount_fen, back.fen AS refunded_fen FROM payment_lines l {_BACK}
    WHERE back.fen > l.amount_fen AND NOT EXISTS (
        SELECT FROM cases c WHERE c.kind = 'paid_twice'
        AND c.evidence ->> 'payment_id' = l.payment_id::text AND c.evidence ->> 'line_no' = l.line_no::text
    )
    ORDER BY 1, 2
""")


async def grants_stand_on_something(sources: Sources, found: Findings) -> None:
    """A grant that stands has a payment that is applied, an exemption that is complete, or a case."""
    chunk: list[_Grant] = []
    async for grant in sources.stream("subsidy", _Grant, _GRANTS):
        found.compared += 1
        chunk.append(grant)
        if len(chunk) == CHUNK:
            await _check_grants(sources, chunk, found)
            chunk = []
    await _check_grants(sources, chunk, found)


async def _check_grants(sources: Sources, grants: list[_Grant], found: Findings) -> None:
    asked = sorted({grant.payment_id for grant in grants if grant.payment_id is not None})
    lines = await sources.rows("collection", _Line, _APPLIED, ids=asked)
    applied = {(line.payment_id, line.line_no) for line in lines}
    completing = sorted({str(grant.exempted_by) for grant in grants if grant.exempted_by is not None})
    standing = await sources.rows("registration", _Standing, _COMPLETIONS, ids=completing)
    complete = {row.grant_id for row in standing}
    for grant in grants:
        paid = grant.line_stands and (grant.payment_id, grant.line_no) in applied
        if not (paid or grant.exempted_by in complete or grant.has_case):
            found.differs(f"grant {grant.grant_id}", "stands, but on no payment, no exemption and no case")


async def money_back_has_its_line(sources: Sources, found: Findings) -> None:
    """What was given back was taken from the money of its line, and is no more than that."""
    known = (await known_twice(sources)).lines
    found.compared = await sources.number("ledger", _GIVEN_BACK)
    async for row in sources.stream("ledger", _Unfunded, _UNFUNDED):
        if not 0 < row.back_fen - row.taken_fen <= known[row.payment_id, row.line_no]:
            found.differs(
                f"payment {row.payment_id} line {row.line_no}",
                f"gave {row.back_fen} fen back, but {row.taken_fen} fen of that was there to be given",
            )
    async for returned in sources.stream("subsidy", _Returned, _RETURNED_OF_NOTHING):
        found.differs(
            f"payment {returned.payment_id} line {returned.line_no}",
            f"had {returned.amount_fen} fen returned by its channel, but subsidy knows no such line",
        )
    async for over in sources.stream("subsidy", _Over, _OVER):
        found.differs(
            f"payment {over.payment_id} line {over.line_no}",
            f"is {over.amount_fen} fen, but {over.refunded_fen} fen of it were given back",
        )
