"""Measures the opening of the next season: `python tests/bench/bench_seasons.py [--rows N]`.

Imports a roster of generated people as `bench_import.py` does, has all of them paid, and opens the season of
the year after by a notice drafted from this one: until all are enrolled, and then until all are assessed.
The ceiling of the same run is that of `bench_import.py`, a bare COPY of the same people.
"""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench_import import assess, ceiling, run, uploaded

from canbao.context import load_all_notices
from canbao.policy.drafting import draft
from libs.common.policy import Notices, load_notice_bytes
from libs.common.service import service_settings
from services.registration.definition import SERVICE
from services.registration.imports.worker import import_next
from services.registration.seasons import store
from services.registration.seasons.opening import open_step

ON = datetime.fromisoformat("2020-08-25T09:00:00+08:00")


def two_years() -> Notices:
    """The notices in force, and Youxi's of the year after."""
    notices = load_all_notices(service_settings(SERVICE))
    this = notices[("youxi", 2020)]
    text = draft(this.source_text.decode(), 2021).text
    return Notices([*notices.values(), load_notice_bytes(text.encode(), "youxi/2021.yaml")])


async def measure(path: Path, people: list[tuple[str, str, str]], url: str) -> dict[str, Any]:
    """Import and pay last year's people; then open the next season."""
    context, _ = await uploaded(path, url, two_years())
    engine = context.engine
    figures: dict[str, Any] = {"ceiling_rows_per_second": round(await ceiling(engine, people))}
    began = time.perf_counter()
    await import_next(context)
    figures |= {"import_seconds": round(time.perf_counter() - began, 1)}
    figures |= await assess(context)
    async with engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE enrollments SET state = 'paid'")
        await store.start(conn, "youxi", 2021, "bench", ON)
    began = time.perf_counter()
    while await open_step(context) is not None:
        pass
    figures["open_seconds"] = round(time.perf_counter() - began, 1)
    async with engine.connect() as conn:
        opening = await store.one(conn, "youxi", 2021)
    figures |= {"enrolled": opening.enrolled, "left_out": opening.left_out}
    figures |= {f"next_{name}": value for name, value in (await assess(context)).items()}
    await engine.dispose()
    return figures


if __name__ == "__main__":
    run(measure, __doc__)
