"""Returns as the API takes and shows them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Answer, Body
from services.collection.examples import shown
from services.collection.returns.rules import ReturnState


class Assign(Body):
    """Whose part of the payment went back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"line_no": 2}]})

    line_no: Annotated[int, Field(ge=1, lt=2**31)]


class Assigned(Answer):
    """The return as it stands now."""

    model_config = shown(
        {"notification_id": 7009, "return_no": "R20191125000001", "payment_id": 7001, "state": "booked"}
    )

    notification_id: int
    return_no: str
    payment_id: int | None
    state: ReturnState
