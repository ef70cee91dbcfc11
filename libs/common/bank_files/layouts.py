"""Layouts of files of banks, as data: a JSON file each, what we send and what they answer.

Banks all differ, so a new one needs no code. Each kind of file says in a class of its own what its columns
may be: payouts that go to accounts, debits that come from them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.bank_files.answers import Outcome
from libs.common.layouts import load_layouts

#: What a line beside the answers may say, as groups of its pattern: by one of them a file is known whole.
TOLD = {"count", "total"}
#: The layout of our own.
GENERIC = "generic"
#: The word for every outcome that is not named.
OTHER = "*"
_AMOUNTS = {"amount_fen", "amount_yuan"}
_FURTHER = ("outcome", "amount", "reason")


class ResultLayout(BaseModel):
    """How a bank answers. Columns are found by their titles, or, without a line of titles, by `positions`.

    `outcomes` are the bank's words, `*` all others; `outcome` is that of every line, as in a list of returns.
    `told` are patterns of lines that say count or total, cells joined by `|`: each has to be there, `example`
    is what they look like. Lines that fit `skipped` say nothing. `kind`: lines of text, or the first sheet
    of a workbook (xlsx).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The column with the number under which something was sent, and the columns of this kind alone.
    NUMBER: ClassVar[str]
    OWN: ClassVar[tuple[str, ...]] = ()

    kind: Literal["text", "workbook"] = "text"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    columns: Mapping[str, tuple[str, ...]] = {}
    positions: tuple[str, ...] = ()
    unit: Literal["fen", "yuan"] = "fen"
    outcomes: Mapping[str, Outcome] = {}
    outcome: Outcome | None = None
    told: tuple[re.Pattern[str], ...] = Field(min_length=1)
    example: str
    skipped: tuple[re.Pattern[str], ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that every line has to have."""
        return (self.NUMBER, "amount") if self.outcome is not None else (self.NUMBER, "outcome", "amount")

    @property
    def closing(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of the bank's words for an account that is no more."""
        return ()

    @property
    def instants(self) -> tuple[str, ...]:
        """How instants are written, where a column has them."""
        return ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        has = set(self.columns) | set(self.positions) - {""}
        if bool(self.columns) == bool(self.positions):
            raise ValueError("columns by their titles, or positions: one of them is needed")
        if unknown := has - {self.NUMBER, *_FURTHER, *self.OWN}:
            raise ValueError(f"no column is called {', '.join(sorted(unknown))}")
        if missing := set(self.needed) - has:
            raise ValueError(f"a column is needed for {', '.join(sorted(missing))}")
        if (self.outcome is None) == (not self.outcomes):
            raise ValueError("outcomes of a column, or one outcome for all: one of them is needed")
        told = {name for one in self.told for name in one.groupindex}
        if not told or told - TOLD:
            raise ValueError("told: its groups are count and total")
        return self


class FileLayout(BaseModel):
    """The files of a bank: `columns`, `head` and `tail` of what we send, `result` of what it answers.

    `columns` pairs a title with a field, or with nothing; `head` and `tail` are lines with {batch_id},
    {count}, {total_fen}, {total_yuan}. A layout of answers alone has no `columns`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The fields that a column may have beside the amounts, and those of which one is needed each.
    FIELDS: ClassVar[tuple[str, ...]]
    NEEDED: ClassVar[tuple[str, ...]]

    name: str
    about: str
    about_zh: str
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    line_end: Literal["\n", "\r\n"] = "\r\n"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    head: tuple[str, ...] = ()
    heading: bool = True
    columns: tuple[tuple[str, str], ...] = ()
    tail: tuple[str, ...] = ()
    quoting: bool = True
    result: ResultLayout | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        fields = {field for _, field in self.columns}
        if not self.columns and self.result is None:
            raise ValueError("columns or result is needed")
        if unknown := fields - {"", *self.FIELDS, *_AMOUNTS}:
            raise ValueError(f"columns: no field is called {', '.join(sorted(unknown))}")
        if self.columns and not (set(self.NEEDED) <= fields and fields & _AMOUNTS):
            raise ValueError(f"columns: {', '.join(self.NEEDED)} and an amount are needed")
        return self


Form = TypeVar("Form", bound=FileLayout)


class Layouts(Generic[Form]):
    """The layouts of an installation; those of a later directory count instead of others of their name."""

    def __init__(self, form: type[Form], *directories: Path) -> None:
        """Raises LayoutUnusable."""
        self._known = load_layouts(form, *directories)

    def sending(self, name: str) -> Form | None:
        """The layout by which lines are written; None where there is none of this name."""
        found = self._known.get(name)
        return found if found is not None and found.columns else None

    def answering(self, name: str) -> ResultLayout | None:
        """How the bank of this layout answers; None where there is none of this name."""
        found = self._known.get(name)
        return found.result if found is not None else None

    def called(self, name: str) -> Form | None:
        """The layout of this name, if there is one."""
        return self._known.get(name)

    @property
    def sent(self) -> list[str]:
        """The names by which lines can be written."""
        return sorted(name for name, one in self._known.items() if one.columns)

    @property
    def answered(self) -> list[str]:
        """The names by which answers can be read."""
        return sorted(name for name, one in self._known.items() if one.result is not None)
