"""Layouts of what is exchanged with tax bureaus and medical insurance, as data: a JSON file each.

No official layout is public, and provinces differ, so a new one needs no code: docs/exchange.md says how one
is written.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.layouts import load_layouts
from libs.common.settings import SettingInvalid
from services.collection.exchange.rules import KINDS, Daily, Kind, Outcome, Party

PROFILES = Path(__file__).with_name("profiles")

#: What registration says of whom a row is about, when its file is fetched.
IDENTITIES = frozenset(("id_type", "id_number", "name"))
#: What every row can say.
_ALWAYS = IDENTITIES | frozenset(
    ("row_no", "number", "person_no", "coverage_year", "county_code", "division_code", "state", "")
)
_NAMED = frozenset(("masked_name", "number_ends"))
_PAID = frozenset(
    ("levy_no", "amount", "paid_at", "channel", "voucher_no", "transaction_no", "repaired_year")
)
#: What a row of each kind can say beside that.
FIELDS: Mapping[Kind, frozenset[str]] = {
    "due": _ALWAYS | _NAMED | {"amount", "pay_from", "pay_until", "basis", "tier"},
    "payment": _ALWAYS | _PAID,
    "special_payment": _ALWAYS | _PAID,
    "refund": _ALWAYS | {"levy_no", "payment_no", "amount", "left", "refunded_at", "repaired_year"},
    "status": _ALWAYS | _NAMED | {"levy_no", "cover_from", "cover_to"},
}
#: Members that are instants, and those that are days.
INSTANTS = frozenset(("pay_from", "pay_until", "paid_at", "refunded_at"))
DAYS = frozenset(("cover_from", "cover_to"))
#: What a column of an answer says.
Answered = Literal["number", "outcome", "code", "words"]
#: What a line beside the answers may say, as groups of its pattern.
TOLD = {"batch_no", "count"}
#: The word for every outcome that is not named.
OTHER = "*"

_TAG = r"^[A-Za-z_][A-Za-z0-9_]{0,39}$"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class XmlTags(_Strict):
    """The elements of a package: `root` has a `head` and `rows`, which have `row` after `row`."""

    root: str = Field(pattern=_TAG)
    head: str = Field(pattern=_TAG)
    rows: str = Field(pattern=_TAG)
    row: str = Field(pattern=_TAG)


class AnswerLayout(_Strict):
    """How a party answers, in the same form and with the same tags as what it got.

    Columns are found by their titles (in XML: elements of a row), or, in tables without a line of titles, by
    `positions`. `outcomes` are the party's words, `*` all others. `told` are patterns of lines beside the
    rows, cells joined by `|` (in XML: elements of the head, as `element|text`): each has to be there, and
    `example` is what they look like. Lines that fit `skipped` say nothing.
    """

    columns: Mapping[Answered, tuple[str, ...]] = {}
    positions: tuple[Answered | Literal[""], ...] = ()
    outcomes: Mapping[str, Outcome]
    told: tuple[re.Pattern[str], ...] = Field(min_length=1)
    example: str
    skipped: tuple[re.Pattern[str], ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.columns) == bool(self.positions):
            raise ValueError("columns by their titles, or positions: one of them is needed")
        if missing := {"number", "outcome"} - (set(self.columns) | set(self.positions)):
            raise ValueError(f"a column is needed for {', '.join(sorted(missing))}")
        told = {name for one in self.told for name in one.groupindex}
        if not told >= {"count"} or told - TOLD:
            raise ValueError("told: its groups are count, which is needed, and batch_no")
        return self


class Profile(_Strict):
    """The files of a party: `columns` by kind pair a title (in XML an element) with a member of a row.

    `head` and `tail` are lines with {batch_no}, {county_code}, {coverage_year}, {kind}, {count}, {total} and
    {made_at}; in XML `head` are `element|text`, and there is no tail. `words` say how values of a member are
    written, `kinds` what kinds are called.
    """

    name: str
    about: str
    about_zh: str
    form: Literal["table", "xml"] = "table"
    encoding: Literal["utf-8", "gb18030", "gbk"] = "utf-8"
    line_end: Literal["\n", "\r\n"] = "\r\n"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quoting: bool = True
    heading: bool = True
    xml: XmlTags | None = None
    unit: Literal["yuan", "fen"] = "yuan"
    instants: str = "%Y-%m-%dT%H:%M:%S+08:00"
    days: str = "%Y-%m-%d"
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    kinds: Mapping[Kind, str] = {}
    words: Mapping[str, Mapping[str, str]] = {}
    columns: Mapping[Kind, tuple[tuple[str, str], ...]]
    answer: AnswerLayout

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.form == "xml") != (self.xml is not None):
            raise ValueError("xml: its tags are needed for the form xml, and for no other")
        for kind, columns in self.columns.items():
            named = {member for _, member in columns}
            if unknown := named - FIELDS[kind]:
                raise ValueError(f"columns of {kind}: there is no {', '.join(sorted(unknown))}")
            if "number" not in named:
                raise ValueError(f"columns of {kind}: number is needed, by which rows are answered")
        lines = (*self.head, *self.tail)
        beside = {name for line in lines for _, name, _, _ in Formatter().parse(line) if name is not None}
        if unknown := beside - set(BESIDE):
            raise ValueError(f"head or tail: there is no {', '.join(sorted(unknown))}")
        if not {"batch_no", "count"} <= beside:
            raise ValueError("head or tail: {batch_no} and {count} are needed")
        if self.xml is not None:
            self._has_elements()
        return self

    def _has_elements(self) -> None:
        named = [title for columns in self.columns.values() for title, _ in columns]
        named += [line.partition("|")[0] for line in self.head]
        if wrong := [one for one in named if not re.match(_TAG, one)]:
            raise ValueError(f"no names of elements: {', '.join(wrong)}")
        if self.tail or self.answer.positions:
            raise ValueError("in XML there is no tail, and no positions")


#: What head and tail may say.
BESIDE = ("batch_no", "county_code", "coverage_year", "kind", "count", "total", "made_at")


class Profiles:
    """The layouts of an installation; those of a later directory count instead of others of their name."""

    def __init__(self, *directories: Path) -> None:
        """Raises LayoutUnusable."""
        self._known = load_layouts(Profile, *directories)

    def for_kind(self, name: str, kind: Kind) -> Profile | None:
        """The layout of this name, if it has rows of a kind."""
        found = self._known.get(name)
        return found if found is not None and kind in found.columns else None

    def check(self, exchanges: Mapping[str, Mapping[Party, Daily]]) -> None:
        """Raises SettingInvalid where what is to be made each day has no layout."""
        for county, parties in exchanges.items():
            for party, daily in parties.items():
                if not any(self.for_kind(daily.profile, kind) for kind in KINDS[party]):
                    raise SettingInvalid(
                        f"CANBAO_COLLECTION_EXCHANGES: {county}: there is no layout {daily.profile!r} "
                        f"for the {party}"
                    )

    def names(self, kind: Kind) -> list[str]:
        """The layouts that have rows of a kind."""
        return sorted(name for name, one in self._known.items() if kind in one.columns)
