"""Asks for ranges of numbers, what happened to them, and which paper a notice has."""

from dataclasses import dataclass

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.books.schemas import Moves, NoticeWords
from services.console.receipts.schemas import Collector, Collectors
from services.console.worklists.asking import seasons
from services.console.worklists.schemas import Season, Stretch, Stretches

#: What the words of notices say of paper whose numbers are counted.
_NUMBERED = "编号票据"


@dataclass(frozen=True, slots=True)
class Paper:
    """Numbered paper of a notice."""

    season: Season
    voucher: str
    title_zh: str
    title: str


async def papers_of(asking: Asking, season: Season) -> list[Paper]:
    """The numbered paper of a season's notice. Raises ServiceAway and Refused."""
    path = f"/v1/notices/{season.county}/{season.coverage_year}/words"
    told = await asking.get(NoticeWords, "registration", path)
    rules = [rule for section in told.sections if section.key == "vouchers" for rule in section.rules]
    return [
        Paper(season, one.key, one.title_zh, one.title)
        for one in rules
        if any(said.name == "medium" and said.words_zh == _NUMBERED for said in one.says)
    ]


async def titles_of(asking: Asking, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """What paper is called in both languages, by county and code. Raises ServiceAway and Refused."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for season in await seasons(asking) if wanted else ():
        if any(county == season.county for county, _ in wanted - known.keys()):
            for one in await papers_of(asking, season):
                known.setdefault((season.county, one.voucher), (one.title_zh, one.title))
    return known


async def newest_papers(asking: Asking) -> list[Paper]:
    """The numbered paper of the newest season that has any. Raises ServiceAway and Refused."""
    for season in await seasons(asking):
        if found := await papers_of(asking, season):
            return found
    return []


async def paper_at(asking: Asking, county: str, voucher: str) -> Paper:
    """Paper of a county, by its newest notice that has it. Raises ServiceAway and Refused."""
    for season in await seasons(asking):
        if season.county != county:
            continue
        for one in await papers_of(asking, season):
            if one.voucher == voucher:
                return one
    raise absent("collection")


async def stretch_at(asking: Asking, paper: Paper, voucher_no: str) -> Stretch | None:
    """The range that has a number now; None where it lies elsewhere, or is in no book."""
    query = _of(paper) | {"voucher_no": voucher_no, "limit": 1}
    found = await asking.get(Stretches, "collection", "/v1/voucher-stretches", query)
    return next(iter(found.items), None)


async def moves_at(asking: Asking, paper: Paper, voucher_no: str, page: Query) -> Moves:
    """What happened to a number, and so to the range that has it."""
    query = {**_of(paper), "voucher_no": voucher_no, **page}
    return await asking.get(Moves, "collection", "/v1/voucher-moves", query)


async def collectors_of(asking: Asking, county: str) -> list[Collector]:
    """The collectors of the visitor's division in a county."""
    found = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
    return [one for one in found.items if one.county == county]


def _of(paper: Paper) -> dict[str, str | int | bool]:
    return {"county": paper.season.county, "voucher": paper.voucher}
