"""What the page of a person reads of a notice: what it calls things."""

from pydantic import BaseModel


class Rule(BaseModel):
    """One rule of a notice: its code, and what it is called."""

    key: str
    title: str
    title_zh: str


class Section(BaseModel):
    """The rules of one kind."""

    key: str
    rules: list[Rule]


class Place(BaseModel):
    """A place that a notice names."""

    division_code: str
    name: str
    name_zh: str


class NoticeWords(BaseModel):
    """All that a notice says."""

    sections: list[Section]
    places: list[Place]
