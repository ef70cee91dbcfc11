"""What the pages of numbered paper read of the APIs' answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Move(BaseModel):
    """What happened to numbers."""

    move_id: int
    kind: str
    first_no: str
    last_no: str
    count: int
    from_division_code: str | None
    from_collector_id: int | None
    to_division_code: str
    to_collector_id: int | None
    reason: str | None
    at: datetime
    entered_at: datetime
    entered_by: str


class Moves(BaseModel):
    """What happened to numbers, in the order in which it was entered."""

    items: list[Move]
    next_after: str | None


class Said(BaseModel):
    """One thing that a rule of a notice says."""

    name: str
    words_zh: str


class Rule(BaseModel):
    """One rule of a notice."""

    key: str
    title: str
    title_zh: str
    says: list[Said]


class Section(BaseModel):
    """The rules of one kind."""

    key: str
    rules: list[Rule]


class NoticeWords(BaseModel):
    """All that a notice says."""

    sections: list[Section]
