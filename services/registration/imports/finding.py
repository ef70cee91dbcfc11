"""Finds an import for whoever asks about it."""

from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from services.registration.imports import store
from services.registration.imports.problems import IMPORT_NOT_FOUND
from services.registration.imports.store import Import
from services.registration.settings import RegistrationContext


async def find_import(context: RegistrationContext, caller: Caller, import_id: int) -> Import:
    """An import of the caller's division; raises the problem of any other."""
    async with context.engine.connect() as conn:
        job = await store.one(conn, import_id)
    if job is None:
        raise IMPORT_NOT_FOUND.problem()
    if not job.division.startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return job
