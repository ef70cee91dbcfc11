"""SQL of totals: one pass over the postings of a county and year, or over those that a handover counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Statement, execute, fetch_as, statement
from services.ledger.postings.rules import Season
from services.ledger.totals.rules import PARTS, RESIDENTS, RESIDENTS_MONEY, Cell, Level, Section

_PART = """
    part AS (
        SELECT kind, section, sign, residents
        FROM json_to_recordset(CAST(:parts AS json)) AS parts(kind text, section text, sign integer,
                                                              residents boolean)
    )
"""
#: Of postings, memos and withdrawals what is added up, beside whose it is and whether it is reversed.
_POSTED = "p.kind, p.source, p.destination, p.amount_fen, p.division_code, p.channel, p.payer"
_NOTED = "p.amount_fen, p.division_code, p.payer"
_WITHDRAWN = "p.division_code"
_BOOKS = "p.county = :county AND p.coverage_year = :coverage_year"
# Whose an add-on is stands in the name of its account.
_PAYEE = """nullif(split_part(CASE WHEN starts_with(p.source, 'add_on') THEN p.source ELSE p.destination END,
                              ':', 2), '')"""

# Which lapsed year was repaired, too.
_YEAR = (
    """split_part(CASE WHEN starts_with(p.source, 'repair') THEN p.source ELSE p.destination END, ':', 2)"""
)

# Heads are persons whose money in a cell is above zero; a cell counts by how many they have become more. What
# was counted before matters only where a person has something fresh. In the fund nobody counts who was
# withdrawn. Two records that were merged are one head since the handover that counts the merge.
_CELLS = f"""
    , entry AS (
        SELECT part.section,
               CASE part.section WHEN 'fund' THEN CASE WHEN part.residents THEN :residents
                                                       ELSE coalesce(p.payer, :residents) END
                                 WHEN 'movements' THEN p.kind
                                 WHEN 'add_ons' THEN {_PAYEE}
                                 WHEN 'repairs' THEN {_YEAR}
                                 ELSE p.payer END AS payer,
               left(p.division_code, 9) AS township, p.channel, p.person_id,
               CASE WHEN p.reversal THEN -part.sign ELSE part.sign END AS sign, p.amount_fen, p.fresh
        FROM posted p JOIN part USING (kind)
        UNION ALL
        SELECT :outside, p.payer, left(p.division_code, 9), NULL, p.person_id,
               CASE WHEN p.reversal THEN -1 ELSE 1 END, p.amount_fen, p.fresh
        FROM noted p
    ), head AS (
        SELECT section, person_id, payer, township, channel, grouping(payer, township, channel) AS level,
               coalesce(sum(sign * amount_fen) FILTER (WHERE NOT fresh), 0) AS before_fen,
               sum(sign * amount_fen) FILTER (WHERE fresh) AS change_fen,
               sum(sign) FILTER (WHERE fresh) AS entries
        FROM entry
        GROUP BY GROUPING SETS ((section, person_id, payer, township, channel), (section, person_id, payer),
                                (section, person_id, township), (section, person_id, channel),
                                (section, person_id))
    ), gone AS (
        SELECT 'fund' AS section, person_id,
               coalesce(sum(CASE WHEN reversal THEN -1 ELSE 1 END) FILTER (WHERE NOT fresh), 0) AS before,
               sum(CASE WHEN reversal THEN -1 ELSE 1 END) AS after
        FROM withdrawn GROUP BY person_id
    )
    SELECT section, level AS grouping, payer, township, channel,
           sum(CASE WHEN person_id IS NULL OR gone.after > 0 THEN 0
                    WHEN before_fen + coalesce(change_fen, 0) > 0 THEN 1 ELSE 0 END
               - CASE WHEN person_id IS NULL OR gone.before > 0 THEN 0
                      WHEN before_fen > 0 THEN 1 ELSE 0 END)::bigint AS head_count,
           coalesce(sum(change_fen), 0)::bigint AS amount_fen, coalesce(sum(entries), 0)::bigint AS entries
    FROM head LEFT JOIN gone USING (section, person_id)
    WHERE change_fen IS NOT NULL OR (before_fen > 0 AND gone.after <> gone.before)
    GROUP BY section, level, payer, township, channel
"""


def survivors(name: str, merges: str) -> str:
    """By merged record who goes on as of some merges: the lowest id, however many records were merged."""
    return f"""
    {name}_steps AS (
        SELECT merged_person_id AS merged, person_id FROM {merges}
        UNION
        SELECT step.merged, next.person_id
        FROM {name}_steps step JOIN {merges} next ON next.merged_person_id = step.person_id
    ), {name} AS (SELECT merged, min(person_id) AS person_id FROM {name}_steps GROUP BY merged)
    """


def _live(table: str, columns: str, where: str) -> str:
    return f"""
        SELECT {columns}, p.reversal, coalesce(known.person_id, p.person_id) AS person_id, true AS fresh
        FROM {table} p LEFT JOIN known ON known.merged = p.person_id WHERE {_BOOKS} {where}
    """


_WITHIN = "AND (:division = '' OR starts_with(p.division_code, :division))"
_LIVE = statement(f"""
    WITH RECURSIVE {_PART},
    {survivors("known", "(SELECT * FROM merges WHERE county = :county)")},
    posted AS ({_live("postings", _POSTED, _WITHIN)}),
    noted AS ({_live("memos", _NOTED, _WITHIN)}),
    withdrawn AS ({_live("withdrawals", _WITHDRAWN, "")})
    {_CELLS}
""")


def _fresh(table: str, columns: str) -> str:
    return (
        f"SELECT {columns}, p.reversal, p.person_id FROM {table} p JOIN member USING (fact_id) WHERE {_BOOKS}"
    )


def _earlier(table: str, columns: str) -> str:
    return f"""
        SELECT {columns}, p.reversal, p.person_id
        FROM {table} p JOIN earlier USING (fact_id) JOIN person USING (person_id) WHERE {_BOOKS}
    """


def _counted(fresh: str, earlier: str, columns: str) -> str:
    """What is fresh, what was counted before, and of that what a merge takes from one head to another."""
    return f"""
        SELECT {columns}, p.reversal, coalesce(known.person_id, p.person_id) AS person_id, true AS fresh
        FROM {fresh} p LEFT JOIN known ON known.merged = p.person_id
        UNION ALL
        SELECT {columns}, p.reversal, coalesce(known_before.person_id, p.person_id), false
        FROM {earlier} p LEFT JOIN known_before ON known_before.merged = p.person_id
        UNION ALL
        SELECT {columns}, p.reversal <> side.leaves,
               CASE WHEN side.leaves THEN joined.before ELSE joined.after END, true
        FROM {earlier} p JOIN joined ON joined.merged = p.person_id
             CROSS JOIN (VALUES (true), (false)) AS side(leaves)
    """


_COUNTED = statement(f"""
    WITH RECURSIVE {_PART},
    member AS (SELECT fact_id FROM handover_members p WHERE {_BOOKS} AND ordinal = :ordinal),
    earlier AS (SELECT DISTINCT fact_id FROM handover_members p
                WHERE {_BOOKS} AND ordinal = ANY(CAST(:follows AS integer[]))),
    merged_before AS (SELECT * FROM merges JOIN earlier USING (fact_id) WHERE county = :county),
    merged AS (SELECT * FROM merged_before
               UNION ALL SELECT * FROM merges JOIN member USING (fact_id) WHERE county = :county),
    {survivors("known_before", "merged_before")},
    {survivors("known", "merged")},
    joined AS (SELECT known.merged, coalesce(b.person_id, known.merged) AS before, known.person_id AS after
               FROM known LEFT JOIN known_before b USING (merged)
               WHERE coalesce(b.person_id, known.merged) <> known.person_id),
    fresh_posted AS MATERIALIZED ({_fresh("postings", _POSTED)}),
    fresh_noted AS MATERIALIZED ({_fresh("memos", _NOTED)}),
    fresh_withdrawn AS MATERIALIZED ({_fresh("withdrawals", _WITHDRAWN)}),
    person AS (SELECT person_id FROM fresh_posted UNION SELECT person_id FROM fresh_noted
               UNION SELECT person_id FROM fresh_withdrawn
               UNION SELECT merged FROM known UNION SELECT person_id FROM known),
    earlier_posted AS ({_earlier("postings", _POSTED)}),
    earlier_noted AS ({_earlier("memos", _NOTED)}),
    earlier_withdrawn AS ({_earlier("withdrawals", _WITHDRAWN)}),
    posted AS ({_counted("fresh_posted", "earlier_posted", _POSTED)}),
    noted AS ({_counted("fresh_noted", "earlier_noted", _NOTED)}),
    withdrawn AS ({_counted("fresh_withdrawn", "earlier_withdrawn", _WITHDRAWN)})
    {_CELLS}
""")
_PLAN = statement("SELECT set_config('work_mem', :size, true), set_config('enable_nestloop', 'off', true)")
_LEVELS = {7: Level.ALL, 3: Level.PAYER, 5: Level.TOWNSHIP, 6: Level.CHANNEL, 0: Level.LINE}


_PARTS = [
    {"kind": str(kind), "section": str(section), "sign": sign, "residents": kind in RESIDENTS_MONEY}
    for kind, section, sign in PARTS
]


@dataclass(frozen=True, slots=True)
class _Counted:
    section: str
    grouping: int
    payer: str | None
    township: str | None
    channel: str | None
    head_count: int
    amount_fen: int
    entries: int


async def live_cells(conn: AsyncConnection, season: Season, division: str = "") -> list[Cell]:
    """Total everything posted in the books of `season`, or only what concerns people of a `division`."""
    return await _cells(conn, _LIVE, season, division=division)


async def handover_cells(
    conn: AsyncConnection, season: Season, ordinal: int, follows: Sequence[int]
) -> list[Cell]:
    """Total what one handover counts; heads against what those it `follows` (ordinals) have counted."""
    return await _cells(conn, _COUNTED, season, ordinal=ordinal, follows=list(follows))


async def plan_for_many(conn: AsyncConnection, mebibytes: int = 64) -> None:
    """Have the statements of this transaction planned for all people of a county.

    Heads are counted in that much memory. Nested loops are avoided: right after a rush the planner has no
    statistics yet, takes the tables for empty, and would go through them once per row.
    """
    await execute(conn, _PLAN, size=f"{mebibytes}MB")


async def _cells(conn: AsyncConnection, sql: Statement, season: Season, **parameters: object) -> list[Cell]:
    rows = await fetch_as(
        conn, _Counted, sql, **season._asdict(), parts=_PARTS, residents=RESIDENTS,
        outside=str(Section.OUTSIDE), **parameters,
    )  # fmt: skip
    return [
        Cell(
            section=row.section,
            level=_LEVELS[row.grouping],
            payer=row.payer,
            township=row.township,
            channel=row.channel,
            head_count=row.head_count,
            amount_fen=row.amount_fen,
            entries=row.entries,
        )
        for row in rows
    ]
