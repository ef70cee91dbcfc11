"""Checks of villages' lists: money ticks off, bases hold whom they say, and chases are what was done."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from services.registration.enrollments.rules import COMPLETE
from services.registration.surveys.lists_store import JOINED, LIST, SUBJECTS
from services.registration.surveys.store import CURRENT


@dataclass(slots=True)
class _Season:
    county: str
    coverage_year: int


@dataclass(slots=True)
class _State:
    state: str
    people: int


@dataclass(slots=True)
class _Base:
    division_code: str
    coverage_year: int
    said: int
    held: int


@dataclass(slots=True)
class _Chase:
    division_code: str
    coverage_year: int
    chases: int


_SEASONS = statement("SELECT DISTINCT county, coverage_year FROM enrollments ORDER BY county, coverage_year")
_STATES = statement(f"""
    SELECT state, count(*) AS people FROM enrollments
    WHERE county = :county AND coverage_year = :coverage_year AND state IN {COMPLETE} AND merged_into IS NULL
    GROUP BY state
""")
_LISTS = statement(f"""
    WITH {SUBJECTS} SELECT {LIST} AS state, count(DISTINCT e.id) AS people {JOINED}
    WHERE e.state IN {COMPLETE} GROUP BY 1
""")
_BASES = statement(f"""
    WITH newest AS (
        SELECT DISTINCT ON (county, coverage_year, division_code) county, coverage_year, division_code, people
        FROM survey_bases ORDER BY county, coverage_year, division_code, version_no DESC
    ), held AS (
        SELECT county, coverage_year, division_code, count(*) AS people FROM survey_rows r
        WHERE {CURRENT.format("r")} GROUP BY 1, 2, 3
    )
    SELECT division_code, coverage_year, coalesce(n.people, 0) AS said, coalesce(h.people, 0) AS held
    FROM newest n FULL JOIN held h USING (county, coverage_year, division_code)
    WHERE coalesce(n.people, 0) <> coalesce(h.people, 0) ORDER BY division_code, coverage_year
""")
# The step that was typed last says who is on it.
_CHASES = statement("""
    WITH last AS (
        SELECT DISTINCT ON (county, coverage_year, number_digest) county, coverage_year, number_digest, kind,
               entered_by
        FROM chase_steps ORDER BY county, coverage_year, number_digest, id DESC
    )
    SELECT coalesce(c.division_code, '') AS division_code, coverage_year, count(*) AS chases
    FROM chases c FULL JOIN last l USING (county, coverage_year, number_digest)
    WHERE c.taken_by IS DISTINCT FROM l.entered_by
       OR (c.released_at IS NOT NULL) IS DISTINCT FROM (l.kind = 'release')
    GROUP BY 1, 2 ORDER BY 1, 2
""")


_ALL_HOUSEHOLDS = {"low": "0" * 12, "high": "9" * 12, "from_household": "", "to_household": None}
_NO_MARKS = {
    "other_counties": [],
    "complete": "not_required",
    "place": "hukou_or_residence",
    "troubled": False,
    "trouble": None,
}


async def lists_agree(sources: Sources, found: Findings) -> None:
    """Whoever is complete stands on one list as such; a base has its people, a chase its last step."""
    for season in await sources.rows("registration", _Season, _SEASONS):
        which = {"county": season.county, "coverage_year": season.coverage_year}
        # Who else is enrolled elsewhere, or registered in another village, changes no list: it marks a line.
        everywhere = which | _ALL_HOUSEHOLDS | _NO_MARKS
        states = {
            one.state: one.people for one in await sources.rows("registration", _State, _STATES, **which)
        }
        lists = {
            one.state: one.people for one in await sources.rows("registration", _State, _LISTS, **everywhere)
        }
        found.compared += sum(states.values())
        for state in COMPLETE:
            if states.get(state, 0) != lists.get(state, 0):
                found.differs(
                    f"{season.county} {season.coverage_year}",
                    f"has {states.get(state, 0)} people {state}, {lists.get(state, 0)} on lists of villages",
                )
    for base in await sources.rows("registration", _Base, _BASES):
        found.differs(
            f"the base of {base.division_code} for {base.coverage_year}",
            f"says that it has {base.said} people, and holds {base.held}",
        )
    for one in await sources.rows("registration", _Chase, _CHASES):
        found.differs(
            f"{one.chases} chases of {one.division_code or 'nobody'} for {one.coverage_year}",
            "are not what their last steps say",
        )
