"""Checks that one identity document is one person, in every service and in all counties together."""

from collections import defaultdict
from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import CHUNK, Sources
from canbao.verify.together import ONE_PERSON
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Owners:
    """Several people of one county with the same document."""

    county: str
    persons: list[int]


@dataclass(slots=True)
class _TwiceEnrolled:
    """People of several counties with the same document who are all complete in one year."""

    coverage_year: int
    persons: list[int]


@dataclass(slots=True)
class _Nameless:
    """A due that no document leads to."""

    enrollment_id: int


@dataclass(slots=True)
class _Named:
    """Whom a service takes a document for."""

    digest: str
    person_id: int


@dataclass(slots=True)
class _Joined:
    """A record that turned out to be another person."""

    merged: int
    survivor: int


_JOINED = statement("SELECT id AS merged, merged_into AS survivor FROM persons WHERE merged_into IS NOT NULL")
#: What each service knows of it.
_KNOWN_JOINED = {
    "collection": statement("SELECT merged_person_id AS merged, person_id AS survivor FROM merged_people"),
    "subsidy": statement("SELECT merged_person_id AS merged, person_id AS survivor FROM merged_people"),
    "ledger": statement(f"SELECT merged, survivor FROM {ONE_PERSON} AS one"),
}
_OWNERS = statement("""
    SELECT county, array_agg(DISTINCT person_id) AS persons FROM documents
    GROUP BY county, digest HAVING count(DISTINCT person_id) > 1 ORDER BY 1, 2
""")
_TWICE_ENROLLED = statement("""
    SELECT e.coverage_year, array_agg(DISTINCT e.person_id) AS persons
    FROM documents d JOIN enrollments e USING (person_id) WHERE e.state IN ('paid', 'exempt')
    GROUP BY e.coverage_year, d.digest HAVING count(DISTINCT e.person_id) > 1 ORDER BY 1, 2
""")
_OF_DIGESTS = statement("""
    SELECT DISTINCT digest, person_id FROM documents WHERE digest = ANY(CAST(:digests AS text[]))
""")
_IN_COLLECTION = statement("""
    SELECT DISTINCT i.digest, d.person_id FROM due_identities i JOIN dues d USING (enrollment_id) ORDER BY 1
""")
_IN_SUBSIDY = statement("""
    SELECT digest, person_id FROM identities WHERE person_id IS NOT NULL ORDER BY 1
""")
_NAMELESS = statement("""
    SELECT enrollment_id FROM dues d WHERE revision > 0 AND state <> 'cancelled'
      AND NOT EXISTS (SELECT FROM erased_people e WHERE e.person_id = d.person_id)
      AND NOT EXISTS (SELECT FROM due_identities i WHERE i.enrollment_id = d.enrollment_id) ORDER BY 1
""")
_DOCUMENTS = statement("SELECT count(*) FROM documents")


async def are_one_person(sources: Sources, found: Findings) -> None:
    """One document is one person in registration, and collection and subsidy take it for that one."""
    found.compared = await sources.number("registration", _DOCUMENTS)
    async for row in sources.stream("registration", _Owners, _OWNERS):
        found.differs(_names(row.persons), f"of {row.county} have the same identity document")
    async for twice in sources.stream("registration", _TwiceEnrolled, _TWICE_ENROLLED):
        found.differs(
            _names(twice.persons), f"have the same document and are all enrolled in {twice.coverage_year}"
        )
    async for due in sources.stream("collection", _Nameless, _NAMELESS):
        found.differs(f"enrollment {due.enrollment_id}", "is in collection, but no document leads to it")
    for service, query in (("collection", _IN_COLLECTION), ("subsidy", _IN_SUBSIDY)):
        chunk: list[_Named] = []
        async for named in sources.stream(service, _Named, query):
            chunk.append(named)
            if len(chunk) == CHUNK:
                await _compare(sources, service, chunk, found)
                chunk = []
        await _compare(sources, service, chunk, found)
    await _are_joined_alike(sources, found)


async def _are_joined_alike(sources: Sources, found: Findings) -> None:
    """Two records that registration merged are one person everywhere."""
    joined = {row.merged: row.survivor for row in await sources.rows("registration", _Joined, _JOINED)}
    for service, query in _KNOWN_JOINED.items():
        known = {row.merged: row.survivor for row in await sources.rows(service, _Joined, query)}
        for merged in sorted(joined.keys() | known.keys()):
            if joined.get(merged) != known.get(merged):
                here, there = joined.get(merged), known.get(merged)
                found.differs(
                    f"person {merged}", f"goes on as {here} in registration, but as {there} in {service}"
                )


async def _compare(sources: Sources, service: str, chunk: list[_Named], found: Findings) -> None:
    """Compare with registration; a document that it no longer has was corrected since."""
    owners: dict[str, set[int]] = defaultdict(set)
    digests = sorted({named.digest for named in chunk})
    for row in await sources.rows("registration", _Named, _OF_DIGESTS, digests=digests):
        owners[row.digest].add(row.person_id)
    for named in chunk:
        known = owners.get(named.digest)
        if known and named.person_id not in known:
            wrong = f"has a document in {service} that registration knows as that of {_names(sorted(known))}"
            found.differs(f"person {named.person_id}", wrong)


def _names(persons: list[int]) -> str:
    return "persons " + " and ".join(map(str, persons)) if len(persons) > 1 else f"person {persons[0]}"
