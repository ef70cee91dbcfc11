"""All tables of the console: who may sign in, who is signed in, and who tried to."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from libs.common.bus.tables import bus_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.security.guesses import guesses_table

metadata = new_metadata()
bus_tables(metadata)
known_keys_table(metadata)
sealing_tables(metadata)
guesses_table(metadata)

users = Table(
    "users",
    metadata,
    Column("user_id", BigInteger, Identity(), primary_key=True),
    Column(
        "name", Text, nullable=False, unique=True, comment="what is typed to sign in; `sub` of the tokens"
    ),
    Column("password", Text, comment="Argon2id, with its salt and its costs"),
    Column("role", Text, nullable=False),
    Column("division", Text, nullable=False, comment="a prefix of division codes; * everywhere"),
    Column("department", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("must_change", Boolean, nullable=False, comment="the password is one that somebody else has seen"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("password_at", DateTime(timezone=True), nullable=False, comment="since when the password is this"),
    Column("disabled_at", DateTime(timezone=True)),
    Column("issuer", Text, comment="the authorization server; null: a local user"),
    Column("subject", Text, comment="who it is there, for good"),
    UniqueConstraint("issuer", "subject"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_digest", Text, primary_key=True, comment="SHA-256 of what the browser keeps"),
    Column("user_id", BigInteger, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="wall clock of the database"),
    Column("seen_at", DateTime(timezone=True), nullable=False, comment="to the minute"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_digest", Text, primary_key=True, comment="SHA-256 of what the browser keeps"),
    Column("state", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("then", Text, nullable=False, comment="the page to go on to"),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="wall clock of the database"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("sign_in_id", BigInteger, Identity(), primary_key=True),
    Column(
        "user_id", BigInteger, ForeignKey("users.user_id"), comment="null: nobody has the name that was typed"
    ),
    Column("outcome", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column(
        "by_user_id",
        BigInteger,
        ForeignKey("users.user_id"),
        comment="who did it to the user; null: whoever signed in, or tried to",
    ),
    Index("ix_sign_ins_at", "at"),
)
