"""SQL of what else files say: for whom and for which year a payment is, and which fee was taken."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.collection.differences.rules import Account, Day, Difference, FeeTerms
from services.collection.differences.store import DAYS, MOST, row_of

# Whom and which year rows name beside our lines: whoever has, or had, the number is who it names. Of what
# differs otherwise nothing is asked twice.
_NAMED = statement(f"""
    WITH said AS MATERIALIZED (
        SELECT d.business_on, d.file_id, r.line, r.transaction_no, r.amount_fen, r.identity_digest,
               r.coverage_year, p.id
        FROM (SELECT * FROM {DAYS}) d
        JOIN channel_file_rows r USING (file_id)
        JOIN payments p ON p.transaction_no = r.transaction_no AND p.channel = :channel
                           AND p.amount_fen = r.amount_fen
        WHERE r.entry = 'payment' AND (r.identity_digest IS NOT NULL OR r.coverage_year IS NOT NULL)
    ), whose AS MATERIALIZED (
        SELECT DISTINCT i.digest, u.person_id
        FROM (SELECT digest, enrollment_id FROM due_identities
              UNION ALL SELECT digest, enrollment_id FROM former_identities) i
        JOIN dues u USING (enrollment_id)
        WHERE i.digest IN (SELECT identity_digest FROM said)
    ), beside AS MATERIALIZED (
        SELECT s.business_on, s.line, min(l.person_id) AS person_id, min(l.coverage_year) AS coverage_year,
               bool_or(l.person_id IS NOT NULL OR l.identity_digest IS NOT NULL) AS names,
               bool_or(w.person_id IS NOT NULL OR l.identity_digest = s.identity_digest
                       AND (l.person_id IS NULL OR s.identity_digest NOT IN (SELECT digest FROM whose)))
                   AS theirs,
               bool_or(s.coverage_year IN (l.coverage_year, l.repaired_year)) AS in_year
        FROM said s JOIN payment_lines l ON l.payment_id = s.id
        LEFT JOIN whose w ON w.digest = s.identity_digest AND w.person_id = l.person_id
        GROUP BY 1, 2
    ), differ AS (
        SELECT DISTINCT ON (s.business_on, s.transaction_no) s.*,
               s.identity_digest IS NOT NULL AND b.names AND b.theirs IS NOT TRUE AS elsewhere,
               b.person_id AS ours_person_id, b.coverage_year AS ours_year
        FROM said s JOIN beside b USING (business_on, line)
        WHERE s.identity_digest IS NOT NULL AND b.names AND b.theirs IS NOT TRUE
              OR s.coverage_year IS NOT NULL AND b.coverage_year IS NOT NULL AND b.in_year IS NOT TRUE
        ORDER BY s.business_on, s.transaction_no, s.line
    )
    SELECT business_on, file_id, CASE WHEN elsewhere THEN 'other_person' ELSE 'other_year' END AS kind,
           'payment' AS entry, transaction_no, line, amount_fen AS theirs_fen, id AS payment_id,
           ours_year AS coverage_year, amount_fen AS ours_fen,
           CASE WHEN elsewhere THEN (SELECT min(person_id) FROM whose WHERE digest = identity_digest) END
               AS theirs_person_id,
           CASE WHEN elsewhere THEN ours_person_id END AS ours_person_id,
           CASE WHEN NOT elsewhere THEN differ.coverage_year END AS theirs_year,
           CASE WHEN NOT elsewhere THEN ours_year END AS ours_year
    FROM differ ORDER BY business_on, transaction_no LIMIT {MOST}
""")
# One for a day, and not for each of its rows: another rate than was agreed is in all of them.
_FEES = statement(f"""
    WITH asked AS MATERIALIZED (
        SELECT d.business_on, d.file_id, r.line, r.fee_fen, CAST(
            CASE :rounding WHEN 'up' THEN ceil(r.amount_fen * :basis_points / 10000.0)
                           WHEN 'down' THEN floor(r.amount_fen * :basis_points / 10000.0)
                           ELSE round(r.amount_fen * :basis_points / 10000.0) END AS bigint) AS agreed_fen
        FROM (SELECT * FROM {DAYS}) d
        JOIN channel_file_rows r USING (file_id) WHERE r.entry = 'payment' AND r.state = 'done'
    )
    SELECT business_on, file_id, 'fee' AS kind, 'fee' AS entry, '*' AS transaction_no, min(line) AS line,
           CAST(sum(fee_fen) AS bigint) AS theirs_fen, CAST(NULL AS bigint) AS payment_id,
           CAST(NULL AS integer) AS coverage_year, CAST(sum(agreed_fen) AS bigint) AS ours_fen,
           count(*) AS rows
    FROM asked WHERE fee_fen <> agreed_fen GROUP BY business_on, file_id ORDER BY business_on
""")


async def named_otherwise(conn: AsyncConnection, account: Account, days: Sequence[Day]) -> list[Difference]:
    """Payments that by the files of these days are for somebody else, or for another year."""
    rows = [row_of(day, day.paid_file_id) for day in days if day.paid_file_id is not None and day.named_count]
    if not rows:
        return []
    return await fetch_as(conn, Difference, _NAMED, days=rows, channel=account.channel)


async def fees_that_differ(conn: AsyncConnection, days: Sequence[Day], agreed: FeeTerms) -> list[Difference]:
    """What the files of these days say of fees, where it is not what was agreed."""
    rows = [row_of(day, day.paid_file_id) for day in days if day.paid_file_id is not None]
    return await fetch_as(conn, Difference, _FEES, days=rows, **agreed.model_dump())
