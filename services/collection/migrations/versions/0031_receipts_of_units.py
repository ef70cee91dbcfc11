"""Receipts that units got before 0024 say whose order they are of, so that the list of a unit has them, too.

Which ones they are the audit says: whoever issued one was recorded in the same transaction, at its instant.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        UPDATE certificates c SET order_no = found.order_no
        FROM (
            SELECT l.certificate_no, min(o.order_no) AS order_no
            FROM certificate_lines l
            LEFT JOIN orders o ON o.payment_id = l.payment_id AND o.payer_digest IS NOT NULL
            GROUP BY l.certificate_no
            HAVING count(DISTINCT l.payment_id) = 1 AND count(DISTINCT o.order_no) = 1
        ) AS found
        WHERE found.certificate_no = c.certificate_no AND c.order_no IS NULL AND c.kind = 'receipt'
          AND EXISTS (
              SELECT FROM person_lookups p
              WHERE p.operation = 'create_unit_receipt' AND p.subject = c.issued_by
                AND p.looked_up_at = c.issued_at
          )
    """)


def downgrade() -> None:
    """What was filled in stays true."""
