"""What the county owes townships and villages by score sheets that were final before this was told."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO outbox (key, type, time, data)
        SELECT county, 'canbao.work_funds.settled.v1', signed_at, json_build_object(
            'sheet_id', id, 'revision', 1, 'county', county, 'coverage_year', coverage_year,
            'units', (
                SELECT coalesce(json_agg(json_build_object(
                    'division_code', unit ->> 'division_code',
                    'amount_fen', coalesce((unit -> 'funds' ->> 'amount_fen')::bigint, 0),
                    'change_fen', coalesce((unit -> 'funds' ->> 'amount_fen')::bigint, 0))), '[]'::json)
                FROM json_array_elements(document::json -> 'units') AS unit
            ),
            'settled_at', signed_at)::text
        FROM score_sheets WHERE state = 'final' ORDER BY id
    """)


def downgrade() -> None:
    """What was told stays told."""
