"""A page of one object: what is known of it, and the tables below."""

from dataclasses import dataclass

from services.console.forms.rules import Fact
from services.console.worklists.rules import Table


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


@dataclass(frozen=True, slots=True)
class Shown:
    """An object with the work list that it stands on."""

    title_zh: str
    title: str
    list_name: str
    list_zh: str
    list_en: str
    facts: list[Fact]
    parts: list[Part]
