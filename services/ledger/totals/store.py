"""SQL of totals: one pass over the postings of a county and year, or over those that a handover counts."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.postings.rules import Place
from services.ledger.totals.rules import PARTS, RESIDENTS, Cell, Level, Section

_PART = """
    part AS (
        SELECT kind, section, sign
        FROM unnest(CAST(:kinds AS text[]), CAST(:sections AS text[]), CAST(:signs AS integer[]))
          AS part(kind, section, sign)
    )
"""
_POSTED = "p.kind, p.reversal, p.amount_fen, p.person_id, p.division_code, p.channel, p.payer"
_NOTED = "p.reversal, p.amount_fen, p.person_id, p.division_code, p.payer"
_BOOKS = "p.county = :county AND p.coverage_year = :year"

# Heads are persons whose money in a cell is above zero; a cell counts by how many they have become more. What
# was counted before matters only where a person has something fresh.
_CELLS = """
    , entry AS (
        SELECT part.section, CASE part.section WHEN 'fund' THEN coalesce(p.payer, :residents)
                                               WHEN 'movements' THEN p.kind ELSE p.payer END AS payer,
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
    )
    SELECT section, level, payer, township, channel,
           sum(CASE WHEN person_id IS NULL THEN 0 WHEN before_fen + change_fen > 0 THEN 1 ELSE 0 END
               - CASE WHEN person_id IS NOT NULL AND before_fen > 0 THEN 1 ELSE 0 END)::bigint AS head_count,
           sum(change_fen)::bigint AS amount_fen, sum(entries)::bigint AS entries
    FROM head WHERE change_fen IS NOT NULL
    GROUP BY section, level, payer, township, channel
"""
_LIVE = text(f"""
    WITH {_PART},
    posted AS (SELECT {_POSTED}, true AS fresh FROM postings p
               WHERE {_BOOKS} AND (:division = '' OR starts_with(p.division_code, :division))),
    noted AS (SELECT {_NOTED}, true AS fresh FROM memos p
              WHERE {_BOOKS} AND (:division = '' OR starts_with(p.division_code, :division)))
    {_CELLS}
""")
_COUNTED = text(f"""
    WITH {_PART},
    member AS (SELECT fact_id FROM handover_members p WHERE {_BOOKS} AND ordinal = :ordinal),
    earlier AS (SELECT DISTINCT fact_id FROM handover_members p
                WHERE {_BOOKS} AND ordinal = ANY(CAST(:follows AS integer[]))),
    fresh_posted AS MATERIALIZED (
        SELECT {_POSTED} FROM postings p JOIN member USING (fact_id) WHERE {_BOOKS}),
    fresh_noted AS MATERIALIZED (
        SELECT {_NOTED} FROM memos p JOIN member USING (fact_id) WHERE {_BOOKS}),
    person AS (SELECT person_id FROM fresh_posted UNION SELECT person_id FROM fresh_noted),
    posted AS (SELECT p.*, true AS fresh FROM fresh_posted p
               UNION ALL
               SELECT {_POSTED}, false
               FROM postings p JOIN earlier USING (fact_id) JOIN person USING (person_id)
               WHERE {_BOOKS}),
    noted AS (SELECT p.*, true AS fresh FROM fresh_noted p
              UNION ALL
              SELECT {_NOTED}, false
              FROM memos p JOIN earlier USING (fact_id) JOIN person USING (person_id)
              WHERE {_BOOKS})
    {_CELLS}
""")
_PLAN = text("SELECT set_config('work_mem', :size, true), set_config('enable_nestloop', 'off', true)")
_LEVELS = {7: Level.ALL, 3: Level.PAYER, 5: Level.TOWNSHIP, 6: Level.CHANNEL, 0: Level.LINE}


async def live_cells(conn: AsyncConnection, place: Place, division: str = "") -> list[Cell]:
    """Total everything posted in the books of `place`, or only what concerns people of a `division`."""
    return await _cells(conn, _LIVE, place, division=division)


async def handover_cells(
    conn: AsyncConnection, place: Place, ordinal: int, follows: Sequence[int]
) -> list[Cell]:
    """Total what one handover counts; heads against what those it `follows` (ordinals) have counted."""
    return await _cells(conn, _COUNTED, place, ordinal=ordinal, follows=list(follows))


async def plan_for_many(conn: AsyncConnection, mebibytes: int = 64) -> None:
    """Have the statements of this transaction planned for all people of a county.

    Heads are counted in that much memory. Nested loops are avoided: right after a rush the planner has no
    statistics yet, takes the tables for empty, and would go through them once per row.
    """
    await conn.execute(_PLAN, {"size": f"{mebibytes}MB"})


async def _cells(conn: AsyncConnection, statement, place: Place, **parameters) -> list[Cell]:
    rows = await conn.execute(
        statement,
        {
            "county": place.county,
            "year": place.coverage_year,
            "kinds": [str(kind) for kind, _, _ in PARTS],
            "sections": [str(section) for _, section, _ in PARTS],
            "signs": [sign for _, _, sign in PARTS],
            "residents": RESIDENTS,
            "outside": str(Section.OUTSIDE),
            **parameters,
        },
    )
    return [Cell(row[0], _LEVELS[row[1]], *row[2:]) for row in rows]
