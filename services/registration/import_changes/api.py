"""HTTP for what an import changed, and what a dry run would change."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.registration.access import Context, Reader
from services.registration.import_changes import store
from services.registration.import_changes.rules import KINDS_OF, Kind
from services.registration.import_changes.schemas import ImportChanges
from services.registration.import_changes.showing import shown
from services.registration.imports.finding import find_import
from services.registration.imports.problems import IMPORT_NOT_FOUND
from services.registration.people.viewing import UNMASKED
from services.registration.registering.problems import DOCUMENTS_OF_TWO_PEOPLE, OTHER_NAME

router = APIRouter(prefix="/v1/imports", tags=["imports"])

_OTHERS = (OTHER_NAME.slug, DOCUMENTS_OF_TWO_PEOPLE.slug)


@router.get("/{import_id}/changes", responses=problems(IMPORT_NOT_FOUND, OUTSIDE_DIVISION))
async def list_import_changes(
    import_id: Id,
    context: Context,
    caller: Reader,
    kind: Annotated[Kind | None, Query(description="changes of this kind alone")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ImportChanges:
    """See what an import changed, from what to what; of a dry run, what importing its file would change.

    Counts are of all changes, whatever `kind` says; of an import that goes on they are so far. The look is
    audited for everybody who is shown.
    """
    job = await find_import(context, caller, import_id)
    async with context.engine.begin() as conn:
        found = await store.counts(conn, import_id)
        rows = await store.page(conn, import_id, kind, number_after(after), limit)
        others = await store.count_faulty(conn, import_id, _OTHERS)
        people = sorted({row.person_id for row in rows if row.person_id is not None})
        now, about = context.clock.now(), f"import {import_id}"
        await record_lookup(
            conn, caller, operation="list_import_changes", at=now, person_ids=people, purpose=about
        )
    return ImportChanges(
        import_id=import_id,
        dry_run=job.dry_run,
        kept=bool(found) or not job.new + job.updated,
        counts={one: found.get(one, 0) for one in KINDS_OF[job.kind]},
        unchanged=job.unchanged,
        rejected=job.rejected,
        other_names=others,
        items=[shown(row, unmasked=caller.may(UNMASKED)) for row in rows],
        next_after=str(rows[-1].id) if len(rows) == limit else None,
    )
