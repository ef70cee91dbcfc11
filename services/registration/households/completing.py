"""Says of households that were registered who of them has not joined, where the notice wants all to."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notices
from services.registration.households import store
from services.registration.households.schemas import Incomplete
from services.registration.households.store import Asked
from services.registration.registering.plan import Row


async def incomplete_of(conn: AsyncConnection, notices: Notices, rows: Sequence[Row]) -> list[Incomplete]:
    """The households of these rows, enrolled for a year whose notice wants the whole household to join."""
    by_season: dict[tuple[str, int], dict[int, Asked]] = {}
    for row in rows:
        if row.problem is None and row.wish is not None:
            season = by_season.setdefault((row.county, row.wish.coverage_year), {})
            season[row.unit] = Asked(row.unit, row.division_code, row.household_no)
    found = []
    for (county, year), asked in sorted(by_season.items()):
        notice = notices.get((county, year))
        if notice is None or (rule := notice.document.household).complete == "not_required":
            continue
        for one in await store.missing(conn, county, year, list(asked.values())):
            found.append(
                Incomplete(
                    index=one.place,
                    household_no=asked[one.place].household_no,
                    coverage_year=year,
                    on_record=one.on_record,
                    in_base=one.in_base,
                    required=rule.complete == "required",
                    clause=rule.clause,
                    words=rule.label.en,
                    words_zh=rule.label.zh,
                )
            )
    return sorted(found, key=lambda one: one.index)
