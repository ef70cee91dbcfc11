"""SQL of orders that were refused: whoever asks later why somebody could not pay is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from services.collection.tables import refused_orders


@dataclass(frozen=True, slots=True)
class RefusedOrder:
    """That an order for somebody was refused; `about_person`: it was they who stood in its way."""

    county: str
    coverage_year: int
    person_id: int
    channel: str
    refused_at: datetime
    refused_by: str
    refusal: str
    about_person: bool


_NEW = Records(refused_orders, *RefusedOrder.__dataclass_fields__)
_COLUMNS = ", ".join(f"rows.{name}" for name in _NEW.columns)
# Of nobody whom who asks does not see, and of nobody who does not exist; of who has two dues in a year, since
# two records were merged, once.
_KEEP = statement(f"""
    INSERT INTO refused_orders ({_NEW.names}, division_code)
    SELECT {_COLUMNS}, d.division_code FROM {_NEW}
    CROSS JOIN LATERAL (
        SELECT division_code FROM dues
        WHERE person_id = rows.person_id AND coverage_year = rows.coverage_year AND county = rows.county
          AND (CAST(:division AS text) = '' OR division_code BETWEEN :lowest AND :highest)
        ORDER BY enrollment_id DESC LIMIT 1
    ) d
""")


async def keep(
    conn: AsyncConnection, rows: Sequence[RefusedOrder], division: str, division_range: tuple[str, str]
) -> None:
    """Keep of each person within a division that an order was refused."""
    lowest, highest = division_range
    await execute(conn, _KEEP, rows=rows, division=division, lowest=lowest, highest=highest)
