"""HTTP of the audit: who looked whom up, and whether anybody changed what was recorded of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from libs.common.lookups import store
from libs.common.lookups.schemas import (
    LookedUp,
    LookupPage,
    LookupSeal,
    LookupSealPage,
    LookupSealVerification,
)
from libs.common.lookups.store import SealRow, Wanted
from libs.common.security.access import require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.seals import Seal
from libs.common.service import AnyContext
from libs.common.web.app import context_of
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY
from libs.common.web.schemas import GivenInstant, Id, Limit, NumberAfter

TAG = {"name": "look-ups", "description": "Who looked whom up, when and what for, sealed in its order."}
#: The right to read the audit.
AUDIT = "audit:read"

Context = Annotated[AnyContext, Depends(context_of)]
Auditor = Annotated[Caller, require(AUDIT)]
SealNo = Annotated[int, Path(ge=1, lt=2**31)]
Name = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


def lookup_router(service: str) -> APIRouter:
    """Make the router of a service's audit."""
    router = APIRouter(prefix="/v1", tags=["look-ups"])
    _listing(router, service)
    _sealing(router, service)
    return router


def _listing(router: APIRouter, service: str) -> None:
    @router.get(
        "/lookups", name=f"list_{service}_lookups", summary="List who looked whom up, the newest first"
    )
    async def list_lookups(
        caller: Auditor,
        context: Context,
        person_id: Id | None = None,
        subject: Name = None,
        operation: Name = None,
        since: Annotated[GivenInstant | None, Query(description="at this instant or later")] = None,
        until: Annotated[GivenInstant | None, Query(description="before this instant")] = None,
        after: NumberAfter = None,
        limit: Limit = 100,
    ) -> LookupPage:
        """List look-ups by officers of the own division. Reading the audit is recorded in it."""
        wanted = Wanted(caller.division, person_id, subject, operation, since, until)
        whom = [person_id] if person_id is not None else []
        async with context.engine.begin() as conn:
            rows = await store.page(conn, wanted, int(after) if after else None, limit)
            now = context.clock.now()
            await record_lookup(conn, caller, operation="list_lookups", at=now, person_ids=whom)
        more = str(rows[-1].lookup_id) if len(rows) == limit else None
        return LookupPage(items=[LookedUp.model_validate(row) for row in rows], next_after=more)


def _sealing(router: APIRouter, service: str) -> None:
    @router.get(
        "/lookup-seals",
        name=f"list_{service}_lookup_seals",
        summary="List the seals over look-ups, the newest first",
        openapi_extra=ANY,
    )
    async def list_lookup_seals(
        caller: Auditor, context: Context, after: NumberAfter = None, limit: Limit = 100
    ) -> LookupSealPage:
        async with context.engine.connect() as conn:
            rows = await store.seals(conn, int(after) if after else None, limit)
        more = str(rows[-1].number) if len(rows) == limit else None
        return LookupSealPage(items=[LookupSeal.model_validate(row) for row in rows], next_after=more)

    @router.get(
        "/lookup-seals/{seal_no}/verification",
        name=f"verify_{service}_lookup_seal",
        summary="Make a seal anew from the rows that it covers, and compare",
        responses=COUNTED_LATER | problems(NOT_FOUND),
        openapi_extra=ANY,
    )
    async def verify_lookup_seal(
        seal_no: SealNo, caller: Auditor, kept: MayBeOld, context: Context
    ) -> LookupSealVerification:
        async with context.engine.connect() as conn:
            row = await store.seal(conn, seal_no)
            if row is None:
                raise NOT_FOUND.problem()
            before = await store.seal(conn, seal_no - 1)

        async def compute() -> Seal | None:
            async with context.engine.connect() as conn:
                return await store.made_anew(conn, row, before)

        anew = await kept.of(compute, "lookup-seal", seal_no)
        return _compared(row, anew)


def _compared(row: SealRow, anew: Seal | None) -> LookupSealVerification:
    """A seal beside what its rows say now; None: none of them is left."""
    if anew is None:
        return LookupSealVerification(number=row.number, holds=False, sha256=None, lookups=0)
    then = (row.number, row.lookups, row.previous_sha256, row.sha256)
    holds = then == (anew.number, anew.lookups, anew.previous_sha256, anew.sha256)
    return LookupSealVerification(number=row.number, holds=holds, sha256=anew.sha256, lookups=anew.lookups)
