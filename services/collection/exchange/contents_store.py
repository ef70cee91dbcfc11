"""SQL of what there is to tell a party right now: each thing with its number and all that is said of it.

What was never told is not told of once it is over (`fresh`); what was told once is told to its end. A number
is ours, and stays: L of a due, P of a payment line, R of what went back of it, S of a person's year.
"""

from collections.abc import Mapping

from services.collection.exchange.rules import Kind


def _no(letter: str, column: str) -> str:
    text = f"CAST({column} AS text)"
    return f"'{letter}' || lpad({text}, greatest(10, length({text})), '0')"


_LINE_NO = f"{_no('P', 'l.payment_id')} || '-' || CAST(l.line_no AS text)"
_INSTANT = """to_char({0} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
_PERSON = """
    'person_no', CAST({0}.person_id AS text), 'coverage_year', {0}.coverage_year,
    'division_code', {0}.division_code
"""
# A corrected number is told again, although it stands nowhere here.
_NAMED = """
    'masked_name', d.masked_name, 'number_ends', d.number_ends, 'identity', left(md5((
        SELECT string_agg(i.digest, ' ' ORDER BY i.digest) FROM due_identities i
        WHERE i.enrollment_id = d.enrollment_id)), 12)
"""


def _instant(text: str) -> str:
    return _INSTANT.format(text)


# What can be paid now, or else first: the price of a later time is told when that comes.
_SEGMENT = """
    LEFT JOIN LATERAL (
        SELECT CAST(s ->> 'own_due_fen' AS bigint) AS own_fen,
               CAST(s ->> 'from_at' AS timestamptz) AS from_at,
               CAST(s ->> 'until_at' AS timestamptz) AS until_at
        FROM jsonb_array_elements(d.schedule) s
        WHERE s ->> 'outcome' = 'payable' AND CAST(s ->> 'own_due_fen' AS bigint) > 0
          AND coalesce(CAST(s ->> 'until_at' AS timestamptz) > :now, true) AND d.state = 'open'
        ORDER BY CAST(s ->> 'from_at' AS timestamptz) LIMIT 1
    ) seg ON true
"""
_STATE = """
    CASE WHEN d.state = 'open' THEN CASE WHEN seg.own_fen IS NULL THEN 'ended' ELSE 'owed' END
         WHEN d.state = 'cancelled' THEN 'ended' ELSE d.state END
"""
# What an error was refunded for is levied anew, which a tax bureau takes apart from the rest.
_LEVIED_ANEW = """
    EXISTS (SELECT FROM vouchers o WHERE o.person_id = d.person_id AND o.coverage_year = d.coverage_year
            AND o.repaired_year IS NULL AND o.voided_at IS NOT NULL)
"""
_DUES = f"""
    SELECT {_no("L", "d.enrollment_id")} AS number, d.person_id, CAST(NULL AS bigint) AS payment_id,
           CAST(NULL AS integer) AS line_no, coalesce(seg.own_fen, 0) AS amount_fen, seg.own_fen > 0 AS fresh,
           jsonb_build_object(
               {_PERSON.format("d")}, {_NAMED}, 'state', {_STATE}, 'tier', d.tier,
               'amount_fen', coalesce(seg.own_fen, 0), 'pay_from', {_instant("seg.from_at")},
               'pay_until', {_instant("seg.until_at")},
               'basis', CASE WHEN {_LEVIED_ANEW} THEN 'special' ELSE 'regular' END
           ) AS content
    FROM dues d {_SEGMENT}
    WHERE d.county = :county AND d.coverage_year = :coverage_year AND d.assessment_id IS NOT NULL
"""
_STATUSES = f"""
    SELECT {_no("S", "d.enrollment_id")} AS number, d.person_id, CAST(NULL AS bigint) AS payment_id,
           CAST(NULL AS integer) AS line_no, CAST(0 AS bigint) AS amount_fen, {_STATE} <> 'ended' AS fresh,
           jsonb_build_object(
               {_PERSON.format("d")}, {_NAMED}, 'levy_no', {_no("L", "d.enrollment_id")}, 'state', {_STATE},
               'cover_from', c.cover_from, 'cover_to', c.cover_to
           ) AS content
    FROM dues d {_SEGMENT} LEFT JOIN covers c USING (enrollment_id)
    WHERE d.county = :county AND d.coverage_year = :coverage_year AND d.assessment_id IS NOT NULL
"""
# An officer decided where the money goes, or it came anew after what had been paid was given back.
_SPECIAL = """
    (l.applied_by IS NOT NULL OR EXISTS (
        SELECT FROM vouchers o WHERE o.person_id = l.person_id AND o.coverage_year = l.coverage_year
          AND o.repaired_year IS NULL AND o.voided_at <= l.applied_at AND o.payment_id <> l.payment_id))
"""
# What was told as one kind stays one: nothing is told twice because it is looked at otherwise later.
_TOLD = """
    EXISTS (SELECT FROM exchange_rows t WHERE t.payment_id = l.payment_id AND t.line_no = l.line_no
            AND t.party = :party AND t.kind = '{0}')
"""
# Several lines may have paid for one voucher: what an add-on costs is in the one that bears it.
_OWN_FEN = """
    (l.amount_fen - CASE WHEN v.payment_id = l.payment_id AND v.line_no = l.line_no
                         THEN least(v.add_on_fen, l.amount_fen) ELSE 0 END)
"""
_COUNTED = "l.state IN ('applied', 'refunded') AND l.applied_at IS NOT NULL"
_OF_LINE = """
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    LEFT JOIN vouchers v ON v.voucher_no = l.voucher_no
    WHERE l.county = :county AND l.coverage_year = :coverage_year AND l.add_on IS NULL
"""


def _paid(mine: str, other: str, condition: str) -> str:
    """Lines that pay a contribution, or repair a year; what an add-on costs belongs to another."""
    return f"""
        SELECT {_LINE_NO} AS number, l.person_id, l.payment_id, l.line_no,
               {_OWN_FEN} AS amount_fen, {_COUNTED} AS fresh,
               jsonb_build_object(
                   {_PERSON.format("l")}, 'levy_no', {_no("L", "l.enrollment_id")},
                   'state', CASE WHEN {_COUNTED} THEN 'paid' ELSE 'taken_back' END,
                   'amount_fen', {_OWN_FEN}, 'paid_at', {_instant("l.paid_at")},
                   'channel', p.channel, 'voucher_no', v.voucher_no, 'repaired_year', l.repaired_year
               ) AS content
        {_OF_LINE}
          AND ({_TOLD.format(mine)} OR l.applied_at IS NOT NULL AND {condition} AND NOT {_TOLD.format(other)})
    """


_REFUNDS = f"""
    SELECT 'R' || substr({_LINE_NO}, 2) AS number, l.person_id, l.payment_id, l.line_no,
           l.refunded_fen AS amount_fen, l.refunded_fen > 0 AND l.applied_at IS NOT NULL AS fresh,
           jsonb_build_object(
               {_PERSON.format("l")}, 'levy_no', {_no("L", "l.enrollment_id")}, 'payment_no', {_LINE_NO},
               'state', CASE WHEN v.voided_at IS NULL THEN 'stands' ELSE 'ended' END,
               'amount_fen', l.refunded_fen, 'left_fen', l.amount_fen - l.refunded_fen,
               'refunded_at', {_instant("l.refunded_at")}, 'repaired_year', l.repaired_year
           ) AS content
    {_OF_LINE} AND (l.refunded_fen > 0 OR {_TOLD.format("refund")})
"""

#: Kind of rows -> what there is to tell of it, for `:county`, `:coverage_year`, `:party` and `:now`.
CONTENTS: Mapping[Kind, str] = {
    "due": _DUES,
    "status": _STATUSES,
    "payment": _paid("payment", "special_payment", f"NOT {_SPECIAL}"),
    "special_payment": _paid("special_payment", "payment", _SPECIAL),
    "refund": _REFUNDS,
}
