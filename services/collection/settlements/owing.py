"""What channels owe day by day, by the files of each day that count."""

from collections.abc import Iterable, Mapping

from services.collection.differences.rules import PAYMENTS, REFUNDS
from services.collection.settlements.rules import Owed, Terms
from services.collection.settlements.store import DayFile


def one_of_each_day(files: Iterable[DayFile], wanted: tuple[str, ...]) -> list[DayFile]:
    """The file of each day that counts, of those that say the same."""
    by_day: dict[object, DayFile] = {}
    for one in sorted(files, key=lambda one: wanted.index(one.kind)):
        by_day.setdefault((one.channel, one.business_on), one)
    return sorted(by_day.values(), key=lambda one: (one.channel, one.business_on))


def owed_of(files: list[DayFile], channels: Mapping[str, Terms]) -> list[list[Owed]]:
    """What each channel owes day by day; what went back may stand in a file of its own."""
    back = {
        (one.channel, one.business_on): one
        for one in one_of_each_day([one for one in files if one.kind in REFUNDS], REFUNDS)
    }
    owed: dict[str, list[Owed]] = {}
    for one in one_of_each_day([one for one in files if one.kind in PAYMENTS], PAYMENTS):
        other = back.get((one.channel, one.business_on))
        owed.setdefault(one.channel, []).append(
            Owed(
                channel=one.channel,
                division_code=one.division_code,
                business_on=one.business_on,
                file_id=one.file_id,
                gross_fen=one.in_fen - (other.out_fen if other else 0),
                fee_fen=one.fee_fen + (other.fee_fen if other and other != one else 0),
                terms=channels[one.channel],
            )
        )
    return list(owed.values())
