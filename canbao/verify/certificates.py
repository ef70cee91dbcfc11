"""Checks of certificates: each is about money that came, numbers have no gaps, batches have their papers."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Line:
    certificate_no: str
    payment_id: int
    line_no: int
    person_id: int
    amount_fen: int
    refunded_fen: int
    of_person_id: int | None
    paid_fen: int


@dataclass(slots=True)
class _Day:
    division: str
    day: str
    said: int
    issued: int


@dataclass(slots=True)
class _Batch:
    batch_id: int
    said: int
    issued: int


@dataclass(slots=True)
class _Empty:
    certificate_no: str


#: Two records that were one person since: the line goes on with whoever stands.
_LINES = statement("""
    SELECT cl.certificate_no, cl.payment_id, cl.line_no, cl.person_id, cl.amount_fen, cl.refunded_fen,
           l.person_id AS of_person_id, l.amount_fen AS paid_fen
    FROM certificate_lines cl JOIN payment_lines l USING (payment_id, line_no)
    LEFT JOIN merged_people m ON m.merged_person_id = cl.person_id
    WHERE l.amount_fen <> cl.amount_fen OR cl.refunded_fen NOT BETWEEN 0 AND cl.amount_fen
       OR l.person_id IS DISTINCT FROM coalesce(m.person_id, cl.person_id)
    ORDER BY cl.certificate_no, cl.payment_id, cl.line_no
""")
_EMPTY = statement("""
    SELECT certificate_no FROM certificates c
    WHERE NOT EXISTS (SELECT FROM certificate_lines l WHERE l.certificate_no = c.certificate_no)
      AND NOT EXISTS (SELECT FROM certificate_exemptions e WHERE e.certificate_no = c.certificate_no)
    ORDER BY certificate_no
""")
_DAYS = statement("""
    WITH numbered AS (
        SELECT substr(certificate_no, 2, 6) AS division, substr(certificate_no, 8, 8) AS day,
               count(*)::integer AS issued, max(substr(certificate_no, 16, 7)::integer) AS last
        FROM certificates GROUP BY 1, 2
    )
    SELECT coalesce(n.division, k.division) AS division, coalesce(n.day, to_char(k.issued_on, 'YYYYMMDD'))
           AS day, coalesce(k.last_sequence, 0) AS said, coalesce(n.issued, 0) AS issued
    FROM numbered n FULL JOIN certificate_counters k
      ON k.division = n.division AND to_char(k.issued_on, 'YYYYMMDD') = n.day
    WHERE k.last_sequence IS DISTINCT FROM n.issued OR n.last IS DISTINCT FROM n.issued
    ORDER BY 1, 2
""")
_BATCHES = statement("""
    SELECT b.batch_id, b.issued AS said, count(c.certificate_no)::integer AS issued
    FROM certificate_batches b LEFT JOIN certificates c USING (batch_id)
    GROUP BY b.batch_id HAVING count(c.certificate_no) <> b.issued ORDER BY b.batch_id
""")
_COUNT = statement("SELECT (SELECT count(*) FROM certificates) + (SELECT count(*) FROM certificate_lines)")


async def are_about_money(sources: Sources, found: Findings) -> None:
    """What certificates say was paid is on payment lines of their people, and every number is there."""
    found.compared = await sources.number("collection", _COUNT)
    async for line in sources.stream("collection", _Line, _LINES):
        found.differs(
            f"certificate {line.certificate_no}",
            f"says {line.amount_fen} fen for person {line.person_id}, {line.refunded_fen} of it back; line "
            f"{line.payment_id}/{line.line_no} is {line.paid_fen} fen for {line.of_person_id}",
        )
    async for empty in sources.stream("collection", _Empty, _EMPTY):
        found.differs(f"certificate {empty.certificate_no}", "is about no payment, and no help")
    async for day in sources.stream("collection", _Day, _DAYS):
        found.differs(
            f"certificates of {day.division} on {day.day}", f"are {day.issued}, numbered up to {day.said}"
        )
    async for batch in sources.stream("collection", _Batch, _BATCHES):
        found.differs(f"certificate batch {batch.batch_id}", f"has {batch.issued} papers, not {batch.said}")
