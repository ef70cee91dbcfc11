"""Single checks of `canbao verify` on a story, and faults that are planted for them."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text

from canbao.verify.report import Findings
from canbao.verify.sources import Sources, open_sources
from tests.integration.stories.conftest import Story

Check = Callable[[Sources, Findings], Awaitable[None]]


async def found_by(check: Check, story: Story) -> list[str]:
    """What a check finds wrong."""
    services = story.county.services
    urls = {
        name: services[name].context.settings.database_url for name in ("collection", "subsidy", "ledger")
    }
    findings = Findings("planted", "")
    async with open_sources(urls, services["collection"].context.notices) as sources:
        await check(sources, findings)
    return [f"{one.which} {one.wrong}" for one in findings.told]


async def change(story: Story, service: str, sql: str) -> None:
    """Change what no service would."""
    async with story.county.services[service].context.engine.begin() as conn:
        await conn.execute(text(sql))
