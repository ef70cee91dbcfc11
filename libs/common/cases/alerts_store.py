"""SQL of alerts: which stand, who has seen them, what happened to them, what is still to be told."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState, News
from libs.common.cases.tables import case_tables
from libs.common.db.rows import (
    any_of,
    execute,
    fetch,
    fetch_as,
    fetch_value,
    fetch_values,
    statement,
    value_of,
)

_CASES, _, _NEWS = case_tables(MetaData())


@dataclass(frozen=True, slots=True)
class NewsRow:
    """What happened to an alert, and when the webhook was told."""

    id: int
    news: str
    at: datetime
    by: str | None
    note: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Untold:
    """Something that happened to an alert and is being told: `tries` counts this attempt."""

    id: int
    news: str
    at: datetime
    tries: int
    case_id: int
    kind: str
    county: str | None
    coverage_year: int | None
    division_code: str | None
    owner: str
    evidence: dict[str, JsonValue]
    amount_fen: int | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt; without an instant to try again it was told or given up."""

    id: int
    answer: str
    told_at: datetime | None = None
    given_up_at: datetime | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alert, and of which season it is."""

    kind: str
    subject: str
    county: str | None
    coverage_year: int | None

    @property
    def season(self) -> tuple[str | None, int | None]:
        """The county and the coverage year."""
        return self.county, self.coverage_year


_WATCH = statement("SELECT pg_try_advisory_xact_lock(hashtextextended('watching ' || :name, 0))")
_STANDING = statement(f"""
    SELECT kind, subject, county, coverage_year FROM cases
    WHERE state = '{CaseState.OPEN}' AND alert AND kind {any_of(_CASES.c.kind, "kinds")}
      AND starts_with(subject, :about)
""")
_ACKNOWLEDGED = statement("""
    SELECT DISTINCT subject FROM cases WHERE alert AND kind = :code AND acknowledged_at IS NOT NULL
""")
_COUNTS = statement(f"""
    SELECT kind, count(*) AS count FROM cases WHERE state = '{CaseState.OPEN}' AND alert GROUP BY kind
""")
_SEE = statement(f"""
    WITH seen AS (
        UPDATE cases SET acknowledged_by = :by, acknowledged_at = :at WHERE case_id = :case_id
        RETURNING case_id
    )
    INSERT INTO alert_news (case_id, news, at, by, note)
    SELECT case_id, '{News.ACKNOWLEDGED}', :at, :by, {value_of(_NEWS.c.note, "note")} FROM seen
""")
_HISTORY = statement(
    "SELECT id, news, at, by, note, told_at FROM alert_news WHERE case_id = :case_id ORDER BY id",
    _NEWS.c.note,
)


# What is old is history, unless its alert has begun to be told: whoever heard of it hears the end.
_WANTED = """({0}.tries > 0 OR {0}.recorded_at > :since OR EXISTS (
    SELECT FROM alert_news b WHERE b.case_id = {0}.case_id AND b.tries > 0))"""
# Of one alert nothing is told before what happened earlier; what another instance is telling is passed over.
_CLAIM = statement(f"""
    WITH due AS (
        SELECT n.id FROM alert_news n JOIN cases c USING (case_id)
        WHERE n.told_at IS NULL AND n.given_up_at IS NULL AND n.next_try_at <= :now AND c.alert
          AND {_WANTED.format("n")}
          AND (:everywhere OR c.county {any_of(_CASES.c.county, "counties")})
          AND NOT EXISTS (
              SELECT FROM alert_news o WHERE o.case_id = n.case_id AND o.id < n.id
                AND o.told_at IS NULL AND o.given_up_at IS NULL AND {_WANTED.format("o")})
        ORDER BY n.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), claimed AS (
        UPDATE alert_news n SET tries = n.tries + 1, next_try_at = :until FROM due WHERE n.id = due.id
        RETURNING n.id, n.case_id, n.news, n.at, n.tries
    )
    SELECT n.id, n.news, n.at, n.tries, c.case_id, c.kind, c.county, c.coverage_year, c.division_code,
           c.owner, c.evidence, c.amount_fen, c.opened_at
    FROM claimed n JOIN cases c USING (case_id) ORDER BY n.id
""")
_NOTE = statement("""
    UPDATE alert_news SET answer = :answer, told_at = :told_at, given_up_at = :given_up_at,
           next_try_at = coalesce(CAST(:next_try_at AS timestamptz), next_try_at)
    WHERE id = :id
""")


async def claim(
    conn: AsyncConnection,
    *,
    now: datetime,
    since: datetime,
    until: datetime,
    counties: Collection[str] | None,
    limit: int,
) -> list[Untold]:
    """Take what is to be told now, for this sender alone until an instant; of all counties for None."""
    return await fetch_as(
        conn,
        Untold,
        _CLAIM,
        now=now,
        since=since,
        until=until,
        everywhere=counties is None,
        counties=list(counties or ()),
        limit=limit,
    )


async def note(conn: AsyncConnection, outcome: Outcome) -> None:
    """Keep what became of an attempt."""
    await execute(conn, _NOTE, **asdict(outcome))


async def take_watch(conn: AsyncConnection, name: str) -> bool:
    """Take the watch of this name until the transaction ends, unless another instance has it."""
    return bool(await fetch_value(conn, bool, _WATCH, name=name))


async def standing(conn: AsyncConnection, kinds: Collection[str], about: str) -> list[Standing]:
    """Open alerts of some kinds, about subjects that begin so."""
    return await fetch_as(conn, Standing, _STANDING, kinds=sorted(kinds), about=about)


async def acknowledged(conn: AsyncConnection, kind: str) -> set[str]:
    """About what alerts of a kind were seen by somebody, standing or resolved."""
    return set(await fetch_values(conn, str, _ACKNOWLEDGED, code=kind))


async def counts(conn: AsyncConnection) -> Mapping[str, float]:
    """How many alerts stand, by kind."""
    return {str(row["kind"]): row["count"] for row in await fetch(conn, _COUNTS)}


async def acknowledge(conn: AsyncConnection, case_id: int, *, by: str, at: datetime, note: str) -> None:
    """Note that somebody is on a locked alert, or asked about a case, and why; it stays open."""
    await execute(conn, _SEE, case_id=case_id, by=by, at=at, note=note)


async def history(conn: AsyncConnection, case_id: int) -> list[NewsRow]:
    """What happened to an alert, and who asked about a case that waits, in order."""
    return await fetch_as(conn, NewsRow, _HISTORY, case_id=case_id)
