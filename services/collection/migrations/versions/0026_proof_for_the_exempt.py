"""A certificate of enrollment for who is exempt: its kind, its state when help ends, and whom it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_KINDS = ["receipt", "certificate"]
_STATES = ["stands", "partly_refunded", "refunded", "withdrawn", "not_counted", "changed_in_part"]


def _check(kinds: list[str], states: list[str]) -> None:
    for table, column, words in (
        ("certificates", "kind", kinds),
        ("certificates", "state", states),
        ("certificate_batches", "kind", kinds),
    ):
        name, listed = op.f(f"ck_{table}_{column}"), ", ".join(f"'{word}'" for word in words)
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"{column} IN ({listed})")


def upgrade() -> None:
    _check([*_KINDS, "enrollment"], [*_STATES, "exemption_ended"])
    op.create_table(
        "certificate_exemptions",
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_no"],
            ["certificates.certificate_no"],
            name=op.f("fk_certificate_exemptions_certificate_no"),
        ),
        sa.PrimaryKeyConstraint(
            "certificate_no", "enrollment_id", name=op.f("pk_certificate_exemptions")
        ),
    )
    op.create_index(op.f("ix_certificate_exemptions_person_id"), "certificate_exemptions", ["person_id"])


def downgrade() -> None:
    op.drop_table("certificate_exemptions")
    _check(_KINDS, _STATES)
