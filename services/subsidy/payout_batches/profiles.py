"""Layouts of banks' files about payouts, as data: a JSON file each, what we send and what they answer.

Banks all differ, so a new one needs no code. docs/bank-files.md says how one is written.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.layouts import load_layouts
from services.subsidy.payout_batches.rules import Outcome

PROFILES = Path(__file__).with_name("profiles")

#: What a column of a file that we send says; empty: nothing.
Sent = Literal["payout_no", "account_no", "holder", "bank", "amount_fen", "amount_yuan", "remark", ""]
#: What a column of an answer says.
Answered = Literal["payout_no", "outcome", "amount", "reason"]
#: What a line beside the answers may say, as groups of its pattern: by one of them a file is known whole.
TOLD = {"count", "total"}
#: The layout of our own.
GENERIC = "generic"
#: The word for every outcome that is not named.
OTHER = "*"


class ResultLayout(BaseModel):
    """How a bank answers. Columns are found by their titles, or, without a line of titles, by `positions`.

    `outcomes` are the bank's words, `*` all others; `outcome` is that of every line, as in a list of returns.
    `told` are patterns of lines that say count or total, cells joined by `|`: each has to be there, `example`
    is what they look like. Lines that fit `skipped` say nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    columns: Mapping[Answered, tuple[str, ...]] = {}
    positions: tuple[Answered | Literal[""], ...] = ()
    unit: Literal["fen", "yuan"] = "fen"
    outcomes: Mapping[str, Outcome] = {}
    outcome: Outcome | None = None
    told: tuple[re.Pattern[str], ...] = Field(min_length=1)
    example: str
    skipped: tuple[re.Pattern[str], ...] = ()

    @property
    def needed(self) -> tuple[Answered, ...]:
        """The columns that every line has to have."""
        return ("payout_no", "amount") if self.outcome is not None else ("payout_no", "outcome", "amount")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        has = set(self.columns) | set(self.positions)
        if bool(self.columns) == bool(self.positions):
            raise ValueError("columns by their titles, or positions: one of them is needed")
        if missing := set(self.needed) - has:
            raise ValueError(f"a column is needed for {', '.join(sorted(missing))}")
        if (self.outcome is None) == (not self.outcomes):
            raise ValueError("outcomes of a column, or one outcome for all: one of them is needed")
        told = {name for one in self.told for name in one.groupindex}
        if not told or told - TOLD:
            raise ValueError("told: its groups are count and total")
        return self


class Profile(BaseModel):
    """The files of a bank: `columns`, `head` and `tail` of what we send, `result` of what it answers.

    `columns` pairs a title with a field; `head` and `tail` are lines with {batch_id}, {count}, {total_fen},
    {total_yuan}. A profile of answers alone has no `columns`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    about_zh: str
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    line_end: Literal["\n", "\r\n"] = "\r\n"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    head: tuple[str, ...] = ()
    heading: bool = True
    columns: tuple[tuple[str, Sent], ...] = ()
    tail: tuple[str, ...] = ()
    quoting: bool = True
    result: ResultLayout | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        fields = {field for _, field in self.columns}
        if not self.columns and self.result is None:
            raise ValueError("columns or result is needed")
        sent = {"payout_no", "account_no", "holder"} <= fields and fields & {"amount_fen", "amount_yuan"}
        if self.columns and not sent:
            raise ValueError("columns: payout_no, account_no, holder and an amount are needed")
        return self


class Profiles:
    """The profiles of an installation; those of a later directory count instead of others of their name."""

    def __init__(self, *directories: Path) -> None:
        """Raises LayoutUnusable."""
        self._known = load_layouts(Profile, *directories)

    def sending(self, name: str) -> Profile | None:
        """The profile by which payouts are written; None where there is none of this name."""
        found = self._known.get(name)
        return found if found is not None and found.columns else None

    def answering(self, name: str) -> ResultLayout | None:
        """How the bank of this profile answers; None where there is none of this name."""
        found = self._known.get(name)
        return found.result if found is not None else None

    @property
    def sent(self) -> list[str]:
        """The names by which payouts can be written."""
        return sorted(name for name, one in self._known.items() if one.columns)

    @property
    def answered(self) -> list[str]:
        """The names by which answers can be read."""
        return sorted(name for name, one in self._known.items() if one.result is not None)
