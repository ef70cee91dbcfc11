"""What belongs to a process as a whole, shown at each scrape of any of its services."""

from collections import Counter
from collections.abc import Mapping

from libs.common.db.embedded import EmbeddedServer
from libs.common.db.keeping_up import free_bytes
from libs.common.service import AnyContext


def measure_process(context: AnyContext, server: EmbeddedServer | None) -> None:
    """Show the flaws of notices, which files are not in force, and the room of the embedded server."""

    async def flaws() -> Mapping[str, float]:
        return Counter(flaw.file for flaw in context.notices.flaws)

    async def not_in_force() -> Mapping[str, float]:
        return {f"{county}/{year}.yaml": 1 for county, year in context.notices.faulty}

    context.metrics.gauge_from("canbao_notices_faulty", "Flaws of notices, by file.", "file", flaws)
    context.metrics.gauge_from(
        "canbao_notices_not_in_force",
        "Files of notices with flaws of which no version is in force.",
        "file",
        not_in_force,
    )
    if server is not None:
        embedded = server

        async def free() -> Mapping[str, float]:
            return {"database": free_bytes(embedded)}

        context.metrics.gauge_from(
            "canbao_disk_free_bytes", "Room on the disk of the embedded server.", "of", free
        )
