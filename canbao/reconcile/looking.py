"""What services disagree about: events that some have not handled, and people of whom they say different."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from canbao.context import Platform
from canbao.definitions import SERVICES
from canbao.verify import events, states
from canbao.verify.sources import open_sources
from canbao.verify.states import Year


@dataclass(frozen=True)
class Disagreement:
    """What was found at one moment."""

    #: Publisher -> its events that somebody who wants them has not handled, in their order.
    unheard: Mapping[str, list[int]] = field(default_factory=dict)
    years: list[Year] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.unheard or self.years)


async def look(platform: Platform) -> Disagreement:
    """Compare all services; nothing is changed."""
    urls = {name: platform.urls[name] for name in SERVICES}
    async with open_sources(urls, platform.notices) as sources:
        unheard: dict[str, set[int]] = {}
        for flow in events.flows():
            async for event_id in events.unheard(sources, flow):
                unheard.setdefault(flow.publisher, set()).add(event_id)
        years = [year async for year in states.years(sources) if year.wrong]
    return Disagreement({name: sorted(ids) for name, ids in unheard.items()}, years)
