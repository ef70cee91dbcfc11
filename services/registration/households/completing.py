"""Says of households that were registered what the notice asks of them besides: nothing is refused for it.

Who of them has not joined, where all have to; and who is enrolled in another village than that whose register
has them, where the notice says where people register.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, Notices
from services.registration.households import store
from services.registration.households.freeing import free_of
from services.registration.households.schemas import Incomplete, MisplacedMember, WrongPlace
from services.registration.households.store import Asked
from services.registration.registering.plan import Home, Row

_WHERE = {
    "hukou": ("of the hukou", "户籍所在村"),
    "residence": ("of residence", "居住地所在村"),
    "hukou_or_residence": ("of hukou or residence", "户籍地或居住地所在村"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of households; `index` is where each stands first in what was sent."""

    incomplete: list[Incomplete]
    wrong_place: list[WrongPlace]


async def told_of(conn: AsyncConnection, notices: Notices, rows: Sequence[Row], now: datetime) -> Told:
    """Look at the households of rows that were taken, as they stand now."""
    told = Told([], [])
    for notice, asked in _by_notice(notices, rows):
        told.incomplete.extend(await _incomplete(conn, notice, asked, now))
        told.wrong_place.extend(await _wrong_place(conn, notice, asked))
    told.incomplete.sort(key=lambda one: one.index)
    told.wrong_place.sort(key=lambda one: one.index)
    return told


async def misplaced_of(conn: AsyncConnection, notice: Notice, home: Home) -> list[MisplacedMember]:
    """Who of a household is enrolled in another village than the notice has it."""
    rule = notice.document.household
    found = await store.misplaced(conn, notice.county, notice.year, rule.place, [Asked(0, *home)])
    words, words_zh = _words(notice)
    return [
        MisplacedMember(
            person_id=one.person_id,
            coverage_year=notice.year,
            base_division_code=one.base_division_code,
            clause=rule.clause,
            words=words,
            words_zh=words_zh,
        )
        for one in found
    ]


def _by_notice(notices: Notices, rows: Sequence[Row]) -> Iterator[tuple[Notice, list[Asked]]]:
    """The households of rows by the notice for whose year they are enrolled, each once."""
    seasons: dict[tuple[str, int], dict[Home, Asked]] = {}
    for row in rows:
        if row.problem is None and row.wish is not None:
            season = seasons.setdefault((row.county, row.wish.coverage_year), {})
            season.setdefault(row.home, Asked(row.unit, *row.home))
    for key, asked in sorted(seasons.items()):
        if (notice := notices.get(key)) is not None:
            yield notice, list(asked.values())


async def _incomplete(
    conn: AsyncConnection, notice: Notice, asked: Sequence[Asked], now: datetime
) -> list[Incomplete]:
    rule = notice.document.household
    if rule.complete == "not_required":
        return []
    numbers = {one.place: one.household_no for one in asked}
    missing = await store.missing(conn, notice.county, notice.year, asked)
    free = await free_of(conn, notice, [person for one in missing for person in one.people], now)
    return [
        Incomplete(
            index=one.place,
            household_no=numbers[one.place],
            coverage_year=notice.year,
            on_record=sum(person not in free for person in one.people),
            in_base=one.in_base,
            in_base_unasked=rule.when is not None,
            required=rule.complete == "required",
            clause=rule.clause,
            words=rule.label.en,
            words_zh=rule.label.zh,
        )
        for one in missing
        if one.in_base or not free.issuperset(one.people)
    ]


async def _wrong_place(conn: AsyncConnection, notice: Notice, asked: Sequence[Asked]) -> list[WrongPlace]:
    rule, (words, words_zh) = notice.document.household, _words(notice)
    numbers = {one.place: one.household_no for one in asked}
    found: dict[int, WrongPlace] = {}
    for one in await store.misplaced(conn, notice.county, notice.year, rule.place, asked):
        told = found.setdefault(
            one.place,
            WrongPlace(
                index=one.place,
                household_no=numbers[one.place],
                coverage_year=notice.year,
                person_ids=[],
                base_division_codes=[],
                clause=rule.clause,
                words=words,
                words_zh=words_zh,
            ),
        )
        if one.person_id not in told.person_ids:
            told.person_ids.append(one.person_id)
        if one.base_division_code not in told.base_division_codes:
            told.base_division_codes.append(one.base_division_code)
    return list(found.values())


def _words(notice: Notice) -> tuple[str, str]:
    rule = notice.document.household
    where, where_zh = _WHERE[rule.place]
    return (
        f"The register of another village has them: they register in the village {where} ({rule.clause}). "
        "Move them there, or enter their residence or hukou if that is what is wrong.",
        f"其在其他村的摸底名册上：按通知{rule.clause}应在{where_zh}参保登记。请办理迁移，或更正其居住、户籍信息。",
    )
