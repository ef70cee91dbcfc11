"""Others are told who has a card: of those that there are already, too."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE persons ADD COLUMN card_told_at timestamp with time zone")
    op.execute(
        "COMMENT ON COLUMN persons.card_told_at IS 'since when others know that there is a card'"
    )
    op.execute("""
        UPDATE persons SET card_told_at = has.registered_at FROM (
            SELECT i.person_id, min(c.registered_at) AS registered_at
            FROM identities i JOIN cards c USING (digest) JOIN persons p ON p.person_id = i.person_id
            WHERE c.replaced_at IS NULL
              AND starts_with(coalesce(p.division_code, c.division, ''), coalesce(c.division, ''))
            GROUP BY i.person_id
        ) AS has
        WHERE has.person_id = persons.person_id AND persons.county IS NOT NULL
    """)
    op.execute("""
        INSERT INTO outbox (key, type, time, data)
        SELECT person_id::text, 'canbao.card.recorded.v1', card_told_at, json_build_object(
            'person_id', person_id, 'county', county, 'recorded_at', card_told_at)::text
        FROM persons WHERE card_told_at IS NOT NULL ORDER BY person_id
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE persons DROP COLUMN card_told_at")
