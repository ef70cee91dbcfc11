"""Layouts of tables of banks, treasuries and tax bureaus, as data: a JSON file each in `profiles/`.

They all differ, so a new one needs no code. docs/channel-files.md says how one is written.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collection.files.rules import Entry, FileKind, RowState

PROFILES = Path(__file__).with_name("profiles")

#: What a column says: `in` and `out` are amounts of which a row has one, `amount` goes the way of
#: `direction`; `balance` is that of the account behind the row, `id_number` and `coverage_year` for whom and
#: for which year a payment is.
Column = Literal[
    "instant",
    "day",
    "time",
    "direction",
    "amount",
    "in",
    "out",
    "fee",
    "balance",
    "state",
    "transaction_no",
    "return_no",
    "entry_no",
    "order_no",
    "id_number",
    "coverage_year",
]
#: By most columns but these a line of titles is known.
BESIDE: tuple[Column, ...] = ("id_number", "coverage_year")
#: Columns that may be missing from a file.
OPTIONAL: tuple[Column, ...] = ("time", "fee", "state", "return_no", "entry_no", "order_no", *BESIDE)
#: What a line beside the table may say, as groups of its pattern.
TOLD = ("account", "day", "last_day", "opening", "closing", "count", "in_count", "out_count", "in", "out")
#: Of these one has to be told: without them nobody can see that a file was cut off.
_TOTALS = {"closing", "count", "in_count", "in"}


class Profile(BaseModel):
    """The layout of a table; `columns` has titles of each column, of which the first that is there counts.

    `told` are patterns of lines before and behind the table, whose cells are joined by `|`: each has to be
    there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    about_zh: str
    kind: FileKind
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    columns: Mapping[Column, tuple[str, ...]]
    unit: Literal["yuan", "fen"] = "yuan"
    entries: Mapping[str, Entry] = {}
    entry: Entry | None = None
    states: Mapping[str, RowState] = {}
    instants: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S",)
    days: tuple[str, ...] = ("%Y-%m-%d",)
    times: tuple[str, ...] = ("%H:%M:%S",)
    told: tuple[re.Pattern[str], ...]
    newest_first: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "Profile":
        has, told = set(self.columns), {name for one in self.told for name in one.groupindex}
        if unknown := told - set(TOLD):
            raise ValueError(f"told: nothing is called {', '.join(sorted(unknown))}")
        if not has & {"instant", "day"}:
            raise ValueError("columns: instant or day is needed")
        if not ("amount" in has or {"in", "out"} <= has):
            raise ValueError("columns: amount, or in and out, are needed")
        if "amount" in has and ("direction" in has) == (self.entry is not None):
            raise ValueError("an amount needs a column direction with entries, or one entry for all")
        if not told & _TOTALS:
            raise ValueError(f"told: one of {', '.join(sorted(_TOTALS))} is needed")
        if "closing" in told and "opening" not in told and "balance" not in has:
            raise ValueError("told: closing needs opening, or a column balance")
        return self
