"""Checks that what was paid is what was owed: by the assessment that judged it, as collection keeps it."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Unexplained:
    """An applied line that its voucher or its assessment does not explain; None where nothing is kept."""

    payment_id: int
    line_no: int
    amount_fen: int
    refunded_fen: int
    voucher_fen: int | None
    owed: list[int] | None


@dataclass(slots=True)
class _Repair:
    """A repaired year that was not offered for this amount, or stands beside no contribution that counts."""

    payment_id: int
    line_no: int
    repaired_year: int
    amount_fen: int
    offered_fen: int | None
    beside: bool


@dataclass(slots=True)
class _Voucher:
    """A voucher that is valid for money that is not applied, or void for money that is."""

    voucher_no: str
    state: str
    void: bool


_VOUCHERS = statement("""
    SELECT v.voucher_no, l.state, v.voided_at IS NOT NULL AS void
    FROM vouchers v JOIN payment_lines l USING (payment_id, line_no)
    WHERE (v.voided_at IS NULL) <> (l.state = 'applied' AND l.voucher_no = v.voucher_no)
    ORDER BY v.voucher_no
""")
_APPLIED = statement("SELECT count(*) FROM payment_lines WHERE state = 'applied'")
# What several payments paid together stands on one voucher; an add-on that was bought by itself has none.
# Of a line a part may have gone back before it was applied, or since: what it paid stands on its voucher.
# Whoever has chosen an add-on may pay the contribution alone: the add-on stays open.
# Where the tier was open, each choice has a schedule. What was superseded before schedules were kept, nobody
# can judge again: then the voucher alone speaks.
_UNEXPLAINED = statement("""
    SELECT l.payment_id, l.line_no, l.amount_fen, l.refunded_fen, l.voucher_fen, kept.owed
    FROM (SELECT l.payment_id, l.line_no, l.enrollment_id, l.assessment_id, l.paid_at,
                 l.amount_fen + coalesce(parts.amount_fen, 0) AS amount_fen,
                 l.refunded_fen + coalesce(parts.refunded_fen, 0) AS refunded_fen,
                 v.own_fen, v.add_on_fen, v.own_fen + v.add_on_fen AS voucher_fen
          FROM payment_lines l LEFT JOIN vouchers v ON v.voucher_no = l.voucher_no
          LEFT JOIN (SELECT voucher_no, sum(amount_fen)::bigint AS amount_fen,
                            sum(refunded_fen)::bigint AS refunded_fen
                     FROM payment_lines WHERE state = 'applied' AND part_of IS NOT NULL
                     GROUP BY voucher_no) AS parts ON parts.voucher_no = l.voucher_no
          WHERE l.state = 'applied' AND l.add_on IS NULL AND l.part_of IS NULL
            AND l.repaired_year IS NULL) AS l
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT owed.own_fen + owed.add_on_fen) AS owed,
               bool_or(owed.own_fen = l.own_fen AND l.add_on_fen IN (0, owed.add_on_fen)) AS explains
        FROM (SELECT schedule, choices FROM dues d
              WHERE d.enrollment_id = l.enrollment_id AND d.assessment_id = l.assessment_id
              UNION ALL
              SELECT schedule, choices FROM due_schedules s
              WHERE s.enrollment_id = l.enrollment_id AND s.assessment_id = l.assessment_id) AS said,
             LATERAL (SELECT jsonb_array_elements(said.schedule) AS part
                      UNION ALL
                      SELECT jsonb_array_elements(choice -> 'schedule')
                      FROM jsonb_array_elements(said.choices) AS choice) AS segment,
             LATERAL (SELECT coalesce((part ->> 'own_due_fen')::bigint, 0) AS own_fen,
                             coalesce((part ->> 'add_on_due_fen')::bigint, 0) AS add_on_fen) AS owed
        WHERE (part ->> 'from_at')::timestamptz <= l.paid_at
          AND (part ->> 'until_at' IS NULL OR l.paid_at < (part ->> 'until_at')::timestamptz)
    ) AS kept ON true
    WHERE coalesce(l.voucher_fen NOT BETWEEN l.amount_fen - l.refunded_fen AND l.amount_fen, true)
       OR (NOT coalesce(kept.explains, false)
           AND (kept.owed IS NOT NULL
                OR EXISTS (SELECT FROM dues d WHERE d.enrollment_id = l.enrollment_id
                                                AND d.assessment_id = l.assessment_id)))
    ORDER BY l.payment_id, l.line_no
""")
# Years are offered with the price at which the contribution was paid or covered; a merge may have left the
# assessment that said so behind. What was offered then may not be any more: history becomes known later.
_REPAIRS = statement("""
    SELECT l.payment_id, l.line_no, l.repaired_year, l.amount_fen, kept.offered_fen,
           d.state = 'exempt' OR EXISTS (
               SELECT FROM payment_lines c
               WHERE c.person_id = l.person_id AND c.coverage_year = l.coverage_year AND c.add_on IS NULL
                 AND c.repaired_year IS NULL AND c.part_of IS NULL
                 AND c.state IN ('applied', 'refunded')) AS beside
    FROM payment_lines l LEFT JOIN dues d ON d.enrollment_id = l.enrollment_id
    LEFT JOIN LATERAL (
        SELECT max((part -> 'repair' ->> 'each_fen')::bigint) AS offered_fen
        FROM (SELECT schedule, choices FROM dues WHERE enrollment_id = l.enrollment_id
              UNION ALL
              SELECT schedule, choices FROM due_schedules WHERE enrollment_id = l.enrollment_id) AS said,
             LATERAL (SELECT jsonb_array_elements(said.schedule) AS part
                      UNION ALL
                      SELECT jsonb_array_elements(choice -> 'schedule')
                      FROM jsonb_array_elements(said.choices) AS choice) AS segment
        WHERE part -> 'repair' -> 'years' @> to_jsonb(l.repaired_year)
          AND (part -> 'repair' ->> 'each_fen')::bigint = l.amount_fen
    ) AS kept ON true
    WHERE l.state = 'applied' AND l.repaired_year IS NOT NULL ORDER BY l.payment_id, l.line_no
""")


async def are_explained(sources: Sources, found: Findings) -> None:
    """Applied money is what its assessment says for that instant, and what its voucher says."""
    found.compared = await sources.number("collection", _APPLIED)
    async for row in sources.stream("collection", _Unexplained, _UNEXPLAINED):
        which = f"payment {row.payment_id} line {row.line_no}"
        least_fen = row.amount_fen - row.refunded_fen
        if row.voucher_fen is None or not least_fen <= row.voucher_fen <= row.amount_fen:
            found.differs(which, f"is {row.amount_fen} fen, its voucher is over {row.voucher_fen} fen")
        else:
            owed = " or ".join(map(str, row.owed or ())) or "no"
            found.differs(which, f"paid {row.voucher_fen} fen, but {owed} fen were owed when it was paid")
    async for repair in sources.stream("collection", _Repair, _REPAIRS):
        which = f"payment {repair.payment_id} line {repair.line_no}"
        if repair.offered_fen is None:
            year, fen = repair.repaired_year, repair.amount_fen
            found.differs(which, f"repairs {year} for {fen} fen, which was never offered")
        if not repair.beside:
            found.differs(which, f"repairs {repair.repaired_year} beside no contribution")
    async for voucher in sources.stream("collection", _Voucher, _VOUCHERS):
        validity = "void" if voucher.void else "valid"
        found.differs(f"voucher {voucher.voucher_no}", f"is {validity}, but its money is {voucher.state}")
