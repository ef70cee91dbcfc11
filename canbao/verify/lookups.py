"""Checks of the audit of look-ups: the seals over it are a chain, and hold what is recorded."""

from canbao.definitions import SEASON, definition
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement
from libs.common.security.seals import COVERED, SEALS_AFTER, Lookup, Seal, sealed

_UNGUARDED = statement("""
    SELECT count(*) FROM unnest(ARRAY['person_lookups', 'lookup_seals']) AS guarded
    WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'append_only' AND tgenabled IN ('O', 'A')
                      AND tgrelid = to_regclass(guarded))
""")


async def are_as_sealed(sources: Sources, found: Findings) -> None:
    """Compute every seal of every service again from the rows that it covers."""
    for name in SEASON:
        if "lookup_seals" not in definition(name).metadata.tables:
            continue
        if await sources.number(name, _UNGUARDED):
            found.differs(name, "its audit is not guarded against changes: the trigger append_only is off")
        last: Seal | None = None
        while seals := await sources.rows(
            name, Seal, SEALS_AFTER, number=last.number if last is not None else 0
        ):
            for seal in seals:
                after = last.to_id if last is not None else 0
                rows = await sources.rows(name, Lookup, COVERED, after=after, to=seal.to_id)
                found.compared += len(rows)
                if not rows or sealed(last, rows) != seal:
                    found.differs(f"{name} seal {seal.number}", "does not hold the look-ups that it covers")
                last = seal
