"""Issues certificates of a whole division, and sets them as one file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.divisions import prefix_of
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.collection.certificates import facts_store, store
from services.collection.certificates.issuing import Facts, Issuing, Wanted
from services.collection.certificates.rules import CertificateKind
from services.collection.certificates.store import NewBatch
from services.collection.dues.finding import OnDocument


@dataclass(frozen=True, slots=True)
class Season:
    """Whose certificates: everybody who is paid for in a division and year, after a page before.

    Those of enrollment are for who is exempt, too.
    """

    kind: CertificateKind
    county: str
    coverage_year: int
    division_code: str
    by_household: bool
    after: int
    limit: int
    #: Numbers and names that the officer brings: of those whom no channel named, such as who is exempt.
    people: Sequence[OnDocument] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What was issued, for whom nobody said the full name, and after what the next page begins."""

    batch_id: int | None
    issued: int
    unnamed: Sequence[int]
    next_after: str | None


async def issue_batch(
    conn: AsyncConnection, issuing: Issuing, season: Season, caller: Caller, wanted: Wanted
) -> Made:
    """Issue a page of certificates, a few statements whatever their number; each look-up is recorded."""
    found = await facts_store.payers(
        conn,
        season.county,
        season.coverage_year,
        prefix_of(season.division_code),
        together=season.by_household,
        exempt=season.kind == "enrollment",
        after=season.after,
        limit=season.limit,
    )
    every = replace(wanted, groups=[payers.people for payers in found])
    facts = await _gather(conn, issuing, season, every)
    unnamed = sorted({person for payers in found for person in facts.unnamed(payers.people)})
    groups = [
        payers.people
        for payers in found
        if not facts.unnamed(payers.people) and not facts.unpaid(payers.people)
    ]
    next_after = str(found[-1].place) if len(found) == season.limit else None
    if not groups:
        return Made(None, 0, unnamed, next_after)
    some = replace(wanted, groups=groups)
    new = NewBatch(
        kind=season.kind,
        county=season.county,
        division_code=season.division_code,
        coverage_year=season.coverage_year,
        issued=len(groups),
        issued_at=wanted.now,
        issued_by=wanted.by,
    )
    batch_id = await store.add_batch(conn, new)
    operation = "create_certificate_batch"
    await record_lookup(conn, caller, operation=operation, at=wanted.now, person_ids=some.people)
    await issuing.issue(conn, some, facts, batch_id)
    return Made(batch_id, len(groups), unnamed, next_after)


async def _gather(conn: AsyncConnection, issuing: Issuing, season: Season, every: Wanted) -> Facts:
    """Read what is on record; whom no channel named the officer may have named."""
    facts = await issuing.gather(conn, every)
    if not season.people:
        return facts
    nameless = [facts.paid[one] for one in facts.unnamed(every.people) if one in facts.paid]
    brought = await issuing.namer.brought(conn, nameless, season.people, every.now)
    return replace(facts, names={**facts.names, **brought})
