"""Checks that all services say the same of one person's year: paid, exempt, withdrawn, or neither."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import ONE_PERSON, Key, Side, keys_of
from libs.common.db.rows import statement
from services.ledger.postings.kinds import Kind
from services.ledger.totals.rules import PARTS, Section


@dataclass(slots=True)
class _Enrollment:
    """A person's year in registration."""

    county: str
    coverage_year: int
    person_id: int
    state: str
    paid_fen: int


@dataclass(slots=True)
class _Due:
    """The same in collection."""

    county: str
    coverage_year: int
    person_id: int
    state: str


@dataclass(slots=True)
class _Help:
    """The same in subsidy: grants that stand and cover all."""

    county: str
    coverage_year: int
    person_id: int
    completing: int


@dataclass(slots=True)
class _Head:
    """The same in the ledger: money of the person's own in the fund, and whether the person is counted."""

    county: str
    coverage_year: int
    person_id: int
    own_fen: int
    gone: bool


@dataclass(slots=True)
class _Uncovered:
    """Somebody complete who has no cover, with what the final answer says about it."""

    county: str
    coverage_year: int
    person_id: int
    state: str
    outcome: str | None
    assumptions: list[str] | None
    history_unknown: bool


@dataclass(slots=True)
class _OtherPeriod:
    """Somebody whose cover is of other days than the final answer says."""

    county: str
    coverage_year: int
    person_id: int
    benefit_from: date | None
    benefit_to: date | None
    said_from: str | None
    said_to: str | None


_ORDER = 'county COLLATE "C", coverage_year, person_id'
_ENROLLMENTS = statement(f"""
    SELECT county, coverage_year, person_id, state, coalesce(paid_fen, 0) AS paid_fen
    FROM enrollments WHERE merged_into IS NULL ORDER BY {_ORDER}
""")
# Of two enrollments that two records of one person had, one ended when they were merged.
_DUES = statement(f"""
    SELECT DISTINCT ON ({_ORDER}) county, coverage_year, person_id, state
    FROM dues ORDER BY {_ORDER}, state = 'cancelled', enrollment_id
""")
_HELP = statement(f"""
    SELECT county, coverage_year, person_id, count(*) AS completing
    FROM grants WHERE revoked_at IS NULL AND completes_enrollment
    GROUP BY county, coverage_year, person_id ORDER BY {_ORDER}
""")
_HEADS = statement(f"""
    SELECT county, coverage_year, person_id, coalesce(own_fen, 0)::bigint AS own_fen,
           coalesce(gone, false) AS gone
    FROM (SELECT county, coverage_year, coalesce(survivor, person_id) AS person_id,
                 sum(CASE WHEN reversal THEN -sign ELSE sign END * amount_fen) AS own_fen
          FROM postings
          JOIN json_to_recordset(CAST(:parts AS json)) AS part(kind text, sign integer) USING (kind)
          LEFT JOIN {ONE_PERSON} AS one ON merged = person_id
          WHERE person_id IS NOT NULL GROUP BY 1, 2, 3) AS money
    FULL JOIN (SELECT county, coverage_year, coalesce(survivor, person_id) AS person_id,
                      sum(CASE WHEN reversal THEN -1 ELSE 1 END) > 0 AS gone
               FROM withdrawals LEFT JOIN {ONE_PERSON} AS one ON merged = person_id GROUP BY 1, 2, 3) AS out
      USING (county, coverage_year, person_id)
    ORDER BY {_ORDER}
""")
_OWN = [
    {"kind": str(kind), "sign": sign}
    for kind, section, sign in PARTS
    if section == Section.FUND and kind != Kind.PAID_ON_BEHALF
]
# An officer's decision about an enrollment stands in its case.
_UNCOVERED = statement("""
    SELECT e.county, e.coverage_year, e.person_id, e.state, x.answer ->> 'outcome' AS outcome,
           x.answer -> 'assumptions' AS assumptions,
           coalesce(x.answer -> 'warnings' @> '[{"id": "history_unknown"}]', false) AS history_unknown
    FROM enrollments e
    LEFT JOIN assessments a ON a.id = e.final_assessment_id
    LEFT JOIN explanations x ON x.sha = a.explanation_sha
    WHERE e.state IN ('paid', 'exempt') AND e.benefit_from IS NULL
      AND NOT EXISTS (SELECT FROM cases c WHERE c.subject = 'enrollments/' || e.id AND c.state = 'decided')
    ORDER BY 1, 2, 3
""")
_OTHER_PERIOD = statement("""
    SELECT e.county, e.coverage_year, e.person_id, e.benefit_from, e.benefit_to,
           x.answer #>> '{benefit,from}' AS said_from, x.answer #>> '{benefit,to}' AS said_to
    FROM enrollments e
    JOIN assessments a ON a.id = e.final_assessment_id
    JOIN explanations x ON x.sha = a.explanation_sha
    WHERE e.state IN ('paid', 'exempt') AND e.benefit_from IS NOT NULL
      AND (e.benefit_from::text, e.benefit_to::text)
          IS DISTINCT FROM (x.answer #>> '{benefit,from}', x.answer #>> '{benefit,to}')
    ORDER BY 1, 2, 3
""")
_COMPLETE = statement("SELECT count(*) FROM enrollments WHERE state IN ('paid', 'exempt')")

#: State in registration -> states in collection that agree with it. What was withdrawn may still be paid
#: there, until its money has gone back.
_AGREE: dict[str, tuple[str | None, ...]] = {
    "registered": (None, "open", "cancelled"),
    "assessed": ("open",),
    "paid": ("paid",),
    "exempt": ("exempt",),
    "cancelled": (None, "cancelled"),
    "withdrawn": ("open", "paid", "exempt", "cancelled"),
}


@dataclass(frozen=True, slots=True)
class Year:
    """A person's year that some service knows; `wrong` says in which ways the services differ about it."""

    key: Key
    state: str | None
    wrong: tuple[str, ...]


async def agree(sources: Sources, found: Findings) -> None:
    """Every service says of a person's year what registration says."""
    async for year in years(sources):
        found.compared += 1
        for wrong in year.wrong:
            found.differs(name_of(year.key), wrong)


async def years(sources: Sources) -> AsyncIterator[Year]:
    """Compare every person's year; the state is that of registration."""
    enrollments = Side(sources.stream("registration", _Enrollment, _ENROLLMENTS))
    dues = Side(sources.stream("collection", _Due, _DUES))
    grants = Side(sources.stream("subsidy", _Help, _HELP))
    heads = Side(sources.stream("ledger", _Head, _HEADS, parts=_OWN))
    async for key in keys_of(enrollments, dues, grants, heads):
        mine = await enrollments.take(key)
        due, granted, head = await dues.take(key), await grants.take(key), await heads.take(key)
        if mine is not None:
            yield Year(key, mine.state, tuple(_differences(mine, due, granted, head)))
        elif due is not None or granted is not None or (head is not None and head.own_fen):
            yield Year(key, None, ("is known to other services, but not enrolled in registration",))
        else:
            yield Year(key, None, ())


def _differences(
    mine: _Enrollment, due: _Due | None, granted: _Help | None, head: _Head | None
) -> Iterator[str]:
    state = due.state if due else None
    if state not in _AGREE[mine.state]:
        yield f"is {mine.state} in registration, but {state} in collection"
    if mine.state == "exempt" and granted is None:
        yield "is exempt in registration, but subsidy has no grant that covers all"
    if mine.state not in ("exempt", "paid") and granted is not None:
        yield f"is {mine.state} in registration, but subsidy has a grant that covers all"
    counts = head is not None and head.own_fen > 0 and not head.gone
    if counts != (mine.state == "paid" and mine.paid_fen > 0):
        counted = "counts the person as paying" if counts else "does not count the person as paying"
        yield f"is {mine.state} in registration, but the ledger {counted}"


async def are_covered(sources: Sources, found: Findings) -> None:
    """Whoever is paid or exempt is covered, unless the notice leaves no day or an officer decided so.

    Where cover depends on a history that nobody knows yet, the answer says that, and there is none.
    """
    found.compared = await sources.number("registration", _COMPLETE)
    async for row in sources.stream("registration", _Uncovered, _UNCOVERED):
        notice = sources.notices.get((row.county, row.coverage_year))
        none_left = set(notice.benefit_rules.none_left) if notice else set()
        if row.history_unknown:
            continue
        if row.outcome in ("payable", "exempt") and none_left & set(row.assumptions or ()):
            continue
        which = name_of((row.county, row.coverage_year, row.person_id))
        found.differs(which, f"is {row.state} but not covered, and no decision says why")
    async for other in sources.stream("registration", _OtherPeriod, _OTHER_PERIOD):
        found.differs(
            name_of((other.county, other.coverage_year, other.person_id)),
            f"is covered from {other.benefit_from} to {other.benefit_to}, but the final answer says "
            f"{other.said_from} to {other.said_to}",
        )


def name_of(key: Key) -> str:
    """Name a person's year."""
    county, coverage_year, person_id = key
    return f"person {person_id} in {county}/{coverage_year}"
