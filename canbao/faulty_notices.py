"""Counts the flaws of notices, at each scrape of any service."""

from collections import Counter
from collections.abc import Mapping

from libs.common.service import AnyContext


def count_flaws(context: AnyContext) -> None:
    """Show how many flaws each file has, and of which files therefore no version is in force."""

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
