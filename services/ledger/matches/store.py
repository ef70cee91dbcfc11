"""SQL of the fiscal match: heads of a chain of handovers, the terms, and what was computed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, fetch_one_as, fetch_value, statement
from libs.common.events.collection import PaymentReceived
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from services.ledger.matches.rules import Heads, Terms, parts_from
from services.ledger.postings.rules import Season
from services.ledger.tables import fiscal_matches, match_terms
from services.ledger.totals.rules import PARTS, Section
from services.ledger.totals.store import survivors

_BOOKS = "county = :county AND coverage_year = :coverage_year"
# A head is a person with money of the fund above zero who was not withdrawn, in the township where it was
# counted last. Whether it bears the match itself says the price of the last payment; its class the first of
# the wanted statuses for which help was granted that still stands.
_HEADS = statement(f"""
    WITH RECURSIVE counted AS (
        SELECT DISTINCT fact_id FROM handover_members
        WHERE {_BOOKS} AND ordinal = ANY(CAST(:chain AS integer[]))
    ), merged AS (SELECT * FROM merges JOIN counted USING (fact_id) WHERE county = :county),
    {survivors("known", "merged")},
    part AS (
        SELECT kind, sign FROM json_to_recordset(CAST(:parts AS json)) AS parts(kind text, sign integer)
    ), money AS (
        SELECT coalesce(known.person_id, p.person_id) AS person_id,
               (array_agg(left(p.division_code, 9) ORDER BY p.fact_id DESC))[1] AS township
        FROM postings p JOIN counted USING (fact_id) JOIN part USING (kind)
             LEFT JOIN known ON known.merged = p.person_id
        WHERE p.county = :county AND p.coverage_year = :coverage_year
        GROUP BY 1
        HAVING sum(CASE WHEN p.reversal THEN -part.sign ELSE part.sign END * p.amount_fen) > 0
    ), gone AS (
        SELECT coalesce(known.person_id, w.person_id) AS person_id
        FROM withdrawals w JOIN counted USING (fact_id) LEFT JOIN known ON known.merged = w.person_id
        WHERE w.county = :county AND w.coverage_year = :coverage_year
        GROUP BY 1 HAVING sum(CASE WHEN w.reversal THEN -1 ELSE 1 END) > 0
    ), told AS (
        SELECT f.id, f.type, f.business_at, f.data::json AS data
        FROM facts f JOIN counted ON counted.fact_id = f.id
        WHERE f.county = :county AND f.coverage_year = :coverage_year
          AND (f.type = :paid AND :bearing_since <= f.business_at
               OR :with_classes AND f.type IN (:granted, :revoked))
    ), price AS (
        SELECT DISTINCT ON (1) coalesce(known.person_id, own.id) AS person_id,
               (told.data ->> 'price_fen')::bigint AS fen
        FROM told CROSS JOIN LATERAL (SELECT (told.data ->> 'person_id')::bigint AS id) AS own
             LEFT JOIN known ON known.merged = own.id
        WHERE told.type = :paid
        ORDER BY 1, told.business_at DESC, told.id DESC
    ), class AS (
        SELECT DISTINCT ON (1) coalesce(known.person_id, own.id) AS person_id, wanted.status
        FROM told CROSS JOIN LATERAL (SELECT (told.data ->> 'person_id')::bigint AS id) AS own
             JOIN json_array_elements_text(CAST(:classes AS json)) WITH ORDINALITY AS wanted(status, place)
               ON wanted.status = ANY(string_to_array(told.data ->> 'status', '+'))
             LEFT JOIN known ON known.merged = own.id
        WHERE told.type = :granted AND NOT EXISTS (
            SELECT FROM told other
            WHERE other.type = :revoked AND other.data ->> 'grant_id' = told.data ->> 'grant_id')
        ORDER BY 1, wanted.place
    )
    SELECT township, class.status,
           coalesce(price.fen <> ALL(CAST(:standards AS bigint[])), false) AS bearing,
           count(*)::integer AS heads
    FROM money LEFT JOIN price USING (person_id) LEFT JOIN class USING (person_id)
    WHERE NOT EXISTS (SELECT FROM gone WHERE gone.person_id = money.person_id)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")
_FUND = [{"kind": str(kind), "sign": sign} for kind, section, sign in PARTS if section == Section.FUND]

_NEW_TERMS = Records(match_terms, *all_but(match_terms, "id"))
_ADD_TERMS = statement(f"""
    INSERT INTO match_terms ({_NEW_TERMS.names}) SELECT {_NEW_TERMS.names} FROM {_NEW_TERMS} RETURNING id
""")
_TERMS = statement(f"""
    SELECT id, {_NEW_TERMS.names} FROM match_terms
    WHERE {_BOOKS} AND (CAST(:id AS bigint) IS NULL OR id = :id) ORDER BY id DESC LIMIT 1
""")
_ALL = Records(fiscal_matches)
_NEW = Records(fiscal_matches, *all_but(fiscal_matches, "id"))
_ADD = statement(f"""
    INSERT INTO fiscal_matches ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING {_ALL.names}
""")
_LAST = statement(f"""
    SELECT {_ALL.names} FROM fiscal_matches WHERE {_BOOKS} AND id < :before ORDER BY id DESC LIMIT 1
""")
_OF = statement(f"""
    SELECT {_ALL.names} FROM fiscal_matches
    WHERE {_BOOKS} AND deadline_id = :deadline_id ORDER BY id DESC LIMIT 1
""")
_ONE = statement(f"SELECT {_ALL.names} FROM fiscal_matches WHERE id = :id")
_PAGE = statement(f"""
    SELECT {_ALL.names} FROM fiscal_matches WHERE {_BOOKS} AND id > :after ORDER BY id LIMIT :limit
""")
#: Before every id that the database will ever give.
EVERY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NewTerms:
    """Terms as they are kept, agreed on by two."""

    county: str
    coverage_year: int
    per_head_fen: int
    shares: str
    classes: str
    fixed_on: date
    document_no: str
    asked_by: str
    agreed_by: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class TermsRow(NewTerms):
    """Terms on record."""

    id: int

    @property
    def terms(self) -> Terms:
        """What a match is computed from."""
        return Terms(
            self.id,
            self.per_head_fen,
            self.fixed_on,
            self.document_no,
            parts_from(self.shares),
            parts_from(self.classes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatch:
    """A match as it is kept; `sha256` is over `document`."""

    county: str
    coverage_year: int
    ordinal: int
    deadline_id: str
    terms_id: int
    document: str
    sha256: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow(NewMatch):
    """A match on record."""

    id: int

    @property
    def season(self) -> Season:
        """Whose books it belongs to."""
        return Season(self.county, self.coverage_year)

    @property
    def levels(self) -> Mapping[str, int]:
        """What each level bears by it."""
        return {row["level"]: row["amount_fen"] for row in json.loads(self.document)["levels"]}


async def heads(
    conn: AsyncConnection,
    season: Season,
    chain: Sequence[int],
    standards: Sequence[int] | None,
    bearing_since: datetime,
    classes: Sequence[str],
) -> list[Heads]:
    """Count the people of a chain of handovers, by township, class, and whether they bear the match.

    Prices are looked at from `bearing_since` on; without `standards` nobody bears it.
    """
    return await fetch_as(
        conn, Heads, _HEADS, **season._asdict(), chain=list(chain), parts=_FUND,
        standards=list(standards or ()), bearing_since=bearing_since, classes=json.dumps(list(classes)),
        with_classes=bool(classes), paid=PaymentReceived.type if standards is not None else "",
        granted=SubsidyGranted.type, revoked=SubsidyRevoked.type,
    )  # fmt: skip


async def add_terms(conn: AsyncConnection, new: NewTerms) -> None:
    """Keep terms: they count from now on."""
    await fetch_value(conn, int, _ADD_TERMS, rows=[new])


async def terms(conn: AsyncConnection, season: Season, terms_id: int | None = None) -> TermsRow | None:
    """The newest terms, or certain ones."""
    return await fetch_one_as(conn, TermsRow, _TERMS, **season._asdict(), id=terms_id)


async def add(conn: AsyncConnection, new: NewMatch) -> MatchRow:
    """Keep a match and give it back."""
    row = await fetch_one_as(conn, MatchRow, _ADD, rows=[new])
    assert row is not None, "what is inserted is returned"
    return row


async def last(conn: AsyncConnection, season: Season, before: int = EVERY) -> MatchRow | None:
    """The newest match of the books, or the newest one before an id."""
    return await fetch_one_as(conn, MatchRow, _LAST, **season._asdict(), before=before)


async def of_deadline(conn: AsyncConnection, season: Season, deadline_id: str) -> MatchRow | None:
    """The newest match of a deadline."""
    return await fetch_one_as(conn, MatchRow, _OF, **season._asdict(), deadline_id=deadline_id)


async def one(conn: AsyncConnection, match_id: int) -> MatchRow | None:
    """Look a match up."""
    return await fetch_one_as(conn, MatchRow, _ONE, id=match_id)


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[MatchRow]:
    """Matches of the books, oldest first, beginning after an id."""
    return await fetch_as(conn, MatchRow, _PAGE, **season._asdict(), after=after, limit=limit)
