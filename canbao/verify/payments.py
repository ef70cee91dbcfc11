"""Checks of money received: lines against payments, collection against the ledger, nobody paid for twice."""

from dataclasses import dataclass
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import ONE_PERSON, side_by_side
from canbao.verify.twice import known_twice
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Payment:
    id: int
    amount_fen: int
    of_lines: int
    lines: int
    stateless: int


@dataclass(slots=True)
class _Notification:
    id: int


@dataclass(slots=True)
class _Line:
    """A payment line in collection."""

    payment_id: int
    line_no: int
    amount_fen: int
    refunded_fen: int
    state: str


@dataclass(slots=True)
class _Posted:
    """Where the money of a line is, by the postings of its facts."""

    payment_id: int
    line_no: int
    applied_fen: int
    suspended_fen: int
    refunded_fen: int
    on_its_way_fen: int

    def places(self) -> dict[str, int]:
        """State of a line -> what is there."""
        return {
            "applied_fen": self.applied_fen,
            "suspended_fen": self.suspended_fen,
            "refunded_fen": self.refunded_fen,
            "on_its_way_fen": self.on_its_way_fen,
        }


@dataclass(slots=True)
class _AppliedTwice:
    coverage_year: int
    person_id: int
    lines: int


@dataclass(slots=True)
class _TooMuch:
    coverage_year: int
    person_id: int
    times: int
    own_fen: int
    behalf_fen: int
    payers: list[str] | None
    price_fen: int | None


#: Money of a line whose state is one of these is nowhere in the other. Of what was refunded a rest may stay
#: applied: what the fund had paid to the card is kept from it.
_OTHER = {"applied": "suspended_fen", "suspended": "applied_fen"}

_SUMS = statement("""
    SELECT p.id, p.amount_fen, coalesce(sum(l.amount_fen), 0)::bigint AS of_lines, count(l.line_no) AS lines,
           count(*) FILTER (WHERE l.state NOT IN ('applied', 'suspended', 'refunded')) AS stateless
    FROM payments p LEFT JOIN payment_lines l ON l.payment_id = p.id
    GROUP BY p.id, p.amount_fen
    HAVING coalesce(sum(l.amount_fen), 0) <> p.amount_fen
        OR count(*) FILTER (WHERE l.state NOT IN ('applied', 'suspended', 'refunded')) > 0
    ORDER BY p.id
""")
_PAYMENTS = statement("SELECT count(*) FROM payments")
_UNMATCHED = statement("""
    SELECT n.id FROM notifications n
    WHERE n.kind = 'payment' AND NOT EXISTS (SELECT FROM payments p WHERE p.id = n.id)
      AND NOT EXISTS (SELECT FROM matching_queue q WHERE q.notification_id = n.id)
    ORDER BY n.id
""")
_LINES = statement("""
    SELECT payment_id, line_no, amount_fen, refunded_fen, state
    FROM payment_lines ORDER BY payment_id, line_no
""")
_POSTED = statement("""
    SELECT f.payment_id, f.line_no,
           sum(CASE WHEN p.kind IN ('contribution', 'add_on_set_apart', 'applied', 'add_on_applied',
                                    'repair_received', 'repair_applied') THEN fen
                    WHEN p.kind IN ('refund_of_contribution', 'refund_on_its_way', 'refund_of_add_on',
                                    'returned_of_contribution', 'returned_of_add_on',
                                    'refund_of_repair', 'returned_of_repair',
                                    'unapplied', 'add_on_unapplied', 'repair_unapplied') THEN -fen
                    ELSE 0 END)::bigint AS applied_fen,
           sum(CASE WHEN p.kind IN ('suspended', 'refund_returned', 'unapplied', 'add_on_unapplied',
                                    'repair_unapplied') THEN fen
                    WHEN p.kind IN ('applied', 'add_on_applied', 'repair_applied', 'refund_of_suspense',
                                    'returned_of_suspense') THEN -fen
                    ELSE 0 END)::bigint AS suspended_fen,
           sum(CASE WHEN p.kind IN ('refund', 'returned', 'bounced') THEN fen
                    ELSE 0 END)::bigint AS refunded_fen,
           sum(CASE WHEN p.kind = 'refund_on_its_way' THEN fen ELSE 0 END)::bigint AS on_its_way_fen
    FROM facts f
    JOIN (SELECT fact_id, kind, CASE WHEN reversal THEN -amount_fen ELSE amount_fen END AS fen
          FROM postings) p ON p.fact_id = f.id
    WHERE f.payment_id IS NOT NULL
    GROUP BY f.payment_id, f.line_no ORDER BY f.payment_id, f.line_no
""")
_APPLIED_TWICE = statement("""
    SELECT coverage_year, person_id, count(*) AS lines FROM payment_lines
    WHERE state = 'applied' AND add_on IS NULL AND part_of IS NULL AND repaired_year IS NULL
    GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2
""")
# Several payments may pay one due together; the parts of the one that bears the voucher are not counted.
# A refund takes a contribution back; a person who is paid for once has one contribution more than taken back.
_POSTED_TWICE = f"""
    SELECT coverage_year, coalesce(survivor, person_id) AS person_id,
           sum(CASE WHEN kind IN ('contribution', 'applied') AND NOT part THEN sign ELSE 0 END)
             - count(DISTINCT fact_id) FILTER (
                 WHERE kind IN ('refund_of_contribution', 'returned_of_contribution', 'unapplied')
                       AND NOT reversal)
             AS times,
           sum(CASE WHEN kind IN ('contribution', 'applied') THEN fen
                    WHEN kind = 'paid_on_behalf' THEN 0 ELSE -fen END)::bigint AS own_fen,
           sum(CASE WHEN kind = 'paid_on_behalf' THEN fen ELSE 0 END)::bigint AS behalf_fen,
           array_agg(DISTINCT payer) FILTER (WHERE kind = 'paid_on_behalf') AS payers
    FROM (SELECT *, CASE WHEN reversal THEN -1 ELSE 1 END AS sign,
                 CASE WHEN reversal THEN -amount_fen ELSE amount_fen END AS fen,
                 fact_id IN (SELECT f.id FROM facts f WHERE f.type = 'canbao.payment.received.v1'
                             AND f.data::json ->> 'part_of' IS NOT NULL) AS part
          FROM postings
          WHERE kind IN ('contribution', 'applied', 'paid_on_behalf', 'refund_of_contribution',
                         'refund_on_its_way', 'returned_of_contribution', 'recovered_from_fund',
                         'unapplied')) AS p
    LEFT JOIN {ONE_PERSON} AS one ON merged = person_id
    GROUP BY 1, 2
"""
_PRICES = f"""
    SELECT f.coverage_year, coalesce(survivor, (f.data::json ->> 'person_id')::bigint) AS person_id,
           max((f.data::json ->> 'price_fen')::bigint) AS price_fen
    FROM facts f LEFT JOIN {ONE_PERSON} AS one ON merged = (f.data::json ->> 'person_id')::bigint
    WHERE f.type = 'canbao.payment.received.v1' GROUP BY 1, 2
"""
_TOO_MUCH = statement(f"""
    SELECT t.*, price.price_fen FROM ({_POSTED_TWICE}) AS t
    LEFT JOIN ({_PRICES}) AS price USING (coverage_year, person_id)
    WHERE t.times > 1 OR (t.own_fen > 0 AND t.own_fen + t.behalf_fen > price.price_fen)
    ORDER BY t.coverage_year, t.person_id
""")
_PEOPLE_PAID = statement("""
    SELECT count(DISTINCT (coverage_year, person_id)) FROM postings
    WHERE kind IN ('contribution', 'applied', 'paid_on_behalf')
""")


async def add_up(sources: Sources, found: Findings) -> None:
    """The lines of a payment are what the channel took, and every payment that was told has lines."""
    found.compared = await sources.number("collection", _PAYMENTS)
    async for row in sources.stream("collection", _Payment, _SUMS):
        which = f"payment {row.id}"
        if row.of_lines != row.amount_fen:
            found.differs(which, f"is {row.amount_fen} fen, its {row.lines} lines are {row.of_lines} fen")
        if row.stateless:
            found.differs(
                which, f"has {row.stateless} lines that are neither applied, suspended nor refunded"
            )
    async for told in sources.stream("collection", _Notification, _UNMATCHED):
        found.differs(
            f"notification {told.id}", "is a payment that has neither lines nor a place in the queue"
        )


async def are_in_one_place(sources: Sources, found: Findings) -> None:
    """Collection and the ledger agree where the money of every line is, and that all of it is there."""
    known = (await known_twice(sources)).lines
    lines = sources.stream("collection", _Line, _LINES)
    places = sources.stream("ledger", _Posted, _POSTED)
    async for key, line, posted in side_by_side(lines, places, attrgetter("payment_id", "line_no")):
        found.compared += 1
        which = f"payment {key[0]} line {key[1]}"
        if line is None:
            found.differs(which, "is posted in the ledger but unknown to collection")
        elif posted is None:
            if line.amount_fen:
                found.differs(which, f"is {line.state} in collection but not posted in the ledger")
        else:
            # As far as it went twice in the ledger, too: the bank may have taken its word back.
            posted.refunded_fen -= min(known[key], max(posted.refunded_fen - line.refunded_fen, 0))
            _compare_line(which, line, posted, found)


def _compare_line(which: str, line: _Line, posted: _Posted, found: Findings) -> None:
    where = posted.places()
    if sum(where.values()) != line.amount_fen:
        found.differs(which, f"is {line.amount_fen} fen, but the ledger has {where}")
    elif posted.refunded_fen != line.refunded_fen:
        found.differs(which, f"gave {line.refunded_fen} fen back in collection, but the ledger has {where}")
    elif min(where.values()) < 0:
        found.differs(which, f"gave more than it had: {where}")
    elif not where.get(f"{line.state}_fen") or where.get(_OTHER.get(line.state, "")):
        found.differs(which, f"is {line.state} in collection, but the ledger has {where}")


async def are_once(sources: Sources, found: Findings) -> None:
    """Nobody is paid for twice in a year, by two payments or by a payment and payers beyond the price."""
    found.compared = await sources.number("ledger", _PEOPLE_PAID)
    async for twice in sources.stream("collection", _AppliedTwice, _APPLIED_TWICE):
        which = f"person {twice.person_id} in {twice.coverage_year}"
        found.differs(which, f"has {twice.lines} applied payment lines")
    async for row in sources.stream("ledger", _TooMuch, _TOO_MUCH):
        which = f"person {row.person_id} in {row.coverage_year}"
        if row.times > 1:
            found.differs(which, f"has {row.times} contributions posted")
        else:
            payers = ", ".join(row.payers or ())
            found.differs(
                which,
                f"paid {row.own_fen} fen and {payers} pays {row.behalf_fen} fen,"
                f" but the price was {row.price_fen} fen",
            )
