"""What channels are answered."""

from typing import Literal

from libs.common.web.schemas import Answer
from services.collection.examples import shown


class Accepted(Answer):
    """The notification is stored durably. A repetition gets the same answer, with `canbao-repeated: true`."""

    model_config = shown({"payment_id": 7001, "status": "accepted"})

    payment_id: int
    status: Literal["accepted"] = "accepted"


class WeChatAccepted(Answer):
    """The notification is stored durably."""

    model_config = shown({"code": "SUCCESS", "message": "成功"})

    code: str = "SUCCESS"
    message: str = "成功"
