"""A page of one object: what is known of it, and the tables below."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.forms.rules import Fact
from services.console.worklists.rules import Table


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done about an object, and the form that does it."""

    page: str
    title_zh: str
    title: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A table of an object; `choices` are parts that can be shown alone, by their words in addresses."""

    title_zh: str
    title: str
    table: Table
    choices: tuple[tuple[str, str, str], ...] = ()
    chosen: str = ""
    none_zh: str = "没有记录。"
    none: str = "There is nothing."
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An object with the work list that it stands on, what can be done about it, and what it says first."""

    title_zh: str
    title: str
    list_name: str
    list_zh: str
    list_en: str
    facts: list[Fact]
    parts: list[Part]
    acts: Sequence[Act] = ()
    lead_zh: str = ""
    lead: str = ""
    #: The address of a picture of it, below the root.
    picture: str = ""
    #: The page that it is of, where that is no work list.
    up: str = ""
