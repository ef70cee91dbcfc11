"""Plants differences in a day of a channel: writes its bill, our payments, statements, and what differs.

python tests/bench/planting.py --payments 1000000 --seed 7 DIRECTORY

It knows nothing of the service: the bill and the statements are what the simulator writes, our own side are
rows for COPY. Each kind of difference stands in `SHARE` of a thousand payments, or of a thousand refunds; of
differences that whole days have, such as money that came too late, there is one each, of a small channel.
Beside the bill there is a tax bureau's list of a tenth as many payments, which says for whom each is.
"""

import argparse
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random
from typing import TextIO
from zoneinfo import ZoneInfo

from canbao.simulator.files import wechat
from canbao.simulator.files.books import Moved
from canbao.simulator.files.tables import as_csv, bank_lines, tax
from libs.common.identity import compose_resident_id

CHINA = ZoneInfo("Asia/Shanghai")
DAY = datetime(2019, 11, 19, tzinfo=CHINA)
#: A season has few prices.
PRICES = (25_000, 28_000, 32_000, 12_500, 50_000, 75_000, 100_000)
#: Of a thousand payments, or refunds, for each kind of difference.
SHARE = 5
KINDS = ("they_only", "we_only", "amount", "state", "twice", "late")
#: Of refunds: whatever day they stand in, they are sought over all.
REFUND_KINDS = KINDS[:-1]
NAMED_KINDS = ("other_person", "other_year")
#: Of a hundred payments, what goes back in part on the same day.
REFUNDS = 2
CHANNEL, TAX, ACCOUNT = "wechat", "tax", "treasury"
#: Of so many payments of the bill there is one more that the tax bureau's list has.
NAMED = 10
YEAR = 2020
#: Channels of three payments whose day is paid on wrongly: their terms are the agreed ones.
SMALL = ("wechat-late", "wechat-missing", "wechat-fee", "wechat-twice")
#: A channel that keeps ten fen of each payment, where sixty of ten thousand were agreed.
DEAR, AGREED = "wechat-dear", 60
STATEMENTS = {DAY + timedelta(days=days): f"statement-{days}.csv" for days in (0, 1, 4)}


@dataclass(frozen=True, slots=True)
class Planted:
    """A difference: what the case about it has to say. `number` is a transaction, or the day of a channel."""

    kind: str
    channel: str
    entry: str
    number: str
    theirs_fen: int | None
    ours_fen: int | None


@dataclass
class Sides:
    """What both sides have of a payment: rows of the bill, our payment, and what we were told went back."""

    bill: list[Moved] = field(default_factory=list)
    paid: list[Moved] = field(default_factory=list)
    back: list[tuple[str, Moved]] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)


def sides(payments: int, seed: int) -> Iterator[Sides]:
    """The payments of a day one by one, in the order of their time."""
    chance = Random(seed)
    for number in range(payments):
        at, order = _at(DAY, number, payments), f"CB20191119{number:014d}"
        paid = Moved(_number(seed, number), chance.choice(PRICES), at, order)
        drawn = chance.randrange(1000) // SHARE
        kind = KINDS[drawn] if drawn < len(KINDS) else ""
        yield _paid(paid, kind) if kind or chance.randrange(100) >= REFUNDS else _refunded(paid, chance)


def _paid(paid: Moved, kind: str) -> Sides:
    """A payment that both sides have, or that differs."""
    theirs = replace(paid, fen=paid.fen + (kind == "amount"))
    told = Sides(
        bill={"we_only": [], "twice": [theirs, theirs]}.get(kind, [theirs]),
        paid=[]
        if kind == "they_only"
        else [replace(paid, at=paid.at - timedelta(days=2 * (kind == "late")))],
        back=[("failed", replace(paid, return_no="failed", at=paid.at + timedelta(minutes=1)))]
        if kind == "state"
        else [],
    )
    if kind:
        theirs_fen = None if kind == "we_only" else theirs.fen
        ours_fen = None if kind == "they_only" else paid.fen
        told.planted.append(Planted(f"channel_day_{kind}", CHANNEL, "payment", paid.no, theirs_fen, ours_fen))
    return told


def _refunded(paid: Moved, chance: Random) -> Sides:
    """The same of a payment of which a part goes back."""
    drawn = chance.randrange(1000) // SHARE
    kind = REFUND_KINDS[drawn] if drawn < len(REFUND_KINDS) else ""
    back = Moved(paid.no, chance.randrange(100, paid.fen), paid.at, paid.order, f"R{paid.no[1:]}")
    theirs = replace(back, fen=back.fen - (kind == "amount"), state="FAIL" if kind == "state" else "SUCCESS")
    told = Sides(
        bill=[paid, *{"we_only": [], "twice": [theirs, theirs]}.get(kind, [theirs])],
        paid=[paid],
        back=[] if kind == "they_only" else [("refund", back)],
    )
    if kind:
        theirs_fen = None if kind in ("we_only", "state") else theirs.fen
        ours_fen = None if kind == "they_only" else back.fen
        told.planted.append(Planted(f"channel_day_{kind}", CHANNEL, "refund", paid.no, theirs_fen, ours_fen))
    return told


def small_day(channel: str) -> list[Moved]:
    """Three payments of a small channel, of a sum that no other has."""
    place = (*SMALL, DEAR).index(channel)
    return [
        Moved(f"SMALL{place}{no}", 11_111 + 100 * place + no, DAY + timedelta(hours=9), fee="0.10000")
        for no in range(3)
    ]


@dataclass(frozen=True, slots=True)
class Named:
    """A payment of the tax bureau's list: for whom and which year it is by the list, and by us."""

    paid: Moved
    theirs: tuple[str, int]
    ours: tuple[str, int]
    kind: str


def named(payments: int, seed: int) -> Iterator[Named]:
    """Payments of which both sides say for whom they are; some for somebody else, or for another year."""
    chance, many = Random(seed + 2), payments // NAMED
    for place in range(many):
        at, order = _at(DAY, place, many), f"ZS20191119{place:014d}"
        drawn = chance.randrange(1000) // SHARE
        kind = NAMED_KINDS[drawn] if drawn < len(NAMED_KINDS) else ""
        ours = _identity(place), YEAR
        theirs = _identity((place + 1) % many if kind == "other_person" else place)
        paid = Moved(f"3350{seed % 1000:03d}{place:011d}", chance.choice(PRICES), at, order)
        yield Named(paid, (theirs, YEAR - (kind == "other_year")), ours, kind)


def _identity(place: int) -> str:
    """The number of a resident who was born on some day since 1950, with its check character."""
    born = date(1950, 1, 1) + timedelta(days=place // 500)
    return compose_resident_id("350426", born, 1 + place % 500)


def dear() -> Planted:
    """The one difference about the fee of a day."""
    taken = [(10, (one.fen * AGREED + 5_000) // 10_000) for one in small_day(DEAR)]
    theirs, ours = (sum(fen) for fen in zip(*taken, strict=True))
    return Planted("channel_day_fee", DEAR, "fee", "*", theirs, ours)


def settled() -> tuple[dict[datetime, list[Moved]], list[Planted]]:
    """What the statements have of channels, beside lines of others, and which days differ."""
    lines: dict[datetime, list[Moved]] = {day: [] for day in STATEMENTS}
    next_day, later = sorted(STATEMENTS)[1:]
    day, planted = f"{DAY:%Y-%m-%d}", list[Planted]()
    gross = {channel: sum(one.fen for one in small_day(channel)) for channel in SMALL}
    owed = {channel: fen - 30 for channel, fen in gross.items()}
    late, missing, fee, twice = SMALL
    lines[later].append(Moved("LATE", owed[late], later))
    lines[next_day].append(Moved("GROSS", gross[fee], next_day))
    lines[next_day].append(Moved("TWICE", owed[twice], next_day))
    lines[later].append(Moved("TWICE", owed[twice], later))
    planted.append(Planted("settlement_late", late, "day", day, owed[late], owed[late]))
    planted.append(Planted("settlement_missing", missing, "day", day, None, owed[missing]))
    planted.append(Planted("settlement_fee", fee, "day", day, gross[fee], owed[fee]))
    planted.append(Planted("settlement_twice", twice, "day", day, owed[twice], owed[twice]))
    return lines, planted


class Writer:
    """Writes all sides of a day into a directory as they come: nothing of it is held."""

    def __init__(self, directory: Path, payments: int, seed: int) -> None:
        self._directory, self._payments, self._seed = directory, payments, seed
        self._open = [
            self._text(name) for name in ("payments.csv", "returns.csv", "planted.jsonl", "people.csv")
        ]
        self._paid, self._back = csv.writer(self._open[0]), csv.writer(self._open[1])
        self._people = csv.writer(self._open[3])
        self._owed_fen = self._id = 0

    def write(self) -> None:
        """Write everything."""
        with (self._directory / "bill.csv").open("wb") as bill:
            bill.writelines(wechat.bill_lines(self._rows()))
        self._write_named()
        for channel in (*SMALL, DEAR):
            for one in small_day(channel):
                self._pay(channel, one)
            (self._directory / f"{channel}.csv").write_bytes(wechat.bill(small_day(channel)))
        lines, planted = settled()
        self._plant([*planted, dear()])
        next_day = sorted(STATEMENTS)[1]
        lines[next_day].append(Moved("THE-LINE", self._owed_fen, next_day + timedelta(hours=9)))
        for day, name in STATEMENTS.items():
            others = self._of_others(day) if day == next_day else ()
            with self._text(name, "gb18030") as file:
                csv.writer(file).writerows(bank_lines(chain(others, lines[day]), day))
        for file in self._open:
            file.close()

    def _write_named(self) -> None:
        """Write the list of the tax bureau, and for whom our payments of it are."""
        rows, people = list[Moved](), list[tuple[str, str]]()
        for one in named(self._payments, self._seed):
            self._pay(TAX, one.paid)
            self._people.writerow([self._id, *one.ours, one.paid.fen])
            rows.append(one.paid)
            people.append((one.theirs[0], str(one.theirs[1])))
            if one.kind:
                fen = one.paid.fen, one.paid.fen
                self._plant([Planted(f"channel_day_{one.kind}", TAX, "payment", one.paid.no, *fen)])
        (self._directory / f"{TAX}.csv").write_bytes(as_csv(tax(rows, DAY, people)))

    def _text(self, name: str, encoding: str = "utf-8") -> TextIO:
        return (self._directory / name).open("w", encoding=encoding, newline="")

    def _rows(self) -> Iterator[Moved]:
        """The rows of the bill; beside them, what is ours."""
        for one in sides(self._payments, self._seed):
            for paid in one.paid:
                self._pay(CHANNEL, paid)
            for kind, moved in one.back:
                self._id += 1
                self._back.writerow([self._id, CHANNEL, moved.no, moved.return_no, kind, moved.fen, moved.at])
            self._plant(one.planted)
            for row in one.bill:
                if not row.return_no:
                    self._owed_fen += row.fen
                elif row.state == "SUCCESS":
                    self._owed_fen -= row.fen
                yield row

    def _pay(self, channel: str, paid: Moved) -> None:
        self._id += 1
        self._paid.writerow([self._id, channel, paid.no, paid.fen, paid.at])

    def _plant(self, planted: Iterable[Planted]) -> None:
        self._open[2].writelines(f"{json.dumps(asdict(one))}\n" for one in planted)

    def _of_others(self, day: datetime) -> Iterator[Moved]:
        """Lines of the account that pay no channel's day, of the same few amounts."""
        chance = Random(self._seed + 1)
        for number in range(self._payments):
            at = _at(day, number, self._payments)
            yield Moved(_number(self._seed, number), chance.choice(PRICES), at, f"JK{number:010d}")


def _at(day: datetime, number: int, of: int) -> datetime:
    """Spread over twelve hours."""
    return day + timedelta(seconds=8 * 3600 + number * 43_200 // of)


def _number(seed: int, number: int) -> str:
    return f"42000{seed % 1000:03d}{number:020d}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    Writer(given.directory, given.payments, given.seed).write()
