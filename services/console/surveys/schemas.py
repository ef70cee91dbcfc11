"""What the form of an answer reads of the APIs' answers; members that it does not show are passed over."""

from pydantic import BaseModel

from services.console.apis.rules import FieldFault
from services.console.worklists.schemas import Unpaid


class Listed(Unpaid):
    """Somebody on whatever list of a village."""

    on_list: str


class ListedPage(BaseModel):
    """The people of a household."""

    items: list[Listed]


class Why(BaseModel):
    """Why a row was not kept, in the words of the service."""

    type: str
    status: int
    title: str = ""
    title_zh: str = ""
    detail: str = ""
    detail_zh: str = ""
    errors: list[FieldFault] = []


class Rejected(BaseModel):
    """A row that was not kept."""

    problem: Why


class Kept(BaseModel):
    """What became of rows that were sent."""

    rejected: list[Rejected]
