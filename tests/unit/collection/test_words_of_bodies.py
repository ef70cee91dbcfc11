"""A body whose members do not go together is told which do, in both languages."""

import pytest
from pydantic import ValidationError

from libs.common.web.translations import row_errors
from services.collection.orders.schemas import Prepayment
from services.collection.queries.schemas import Question


@pytest.mark.parametrize(
    ("body", "said", "names"),
    [
        (Prepayment, {"way": "jsapi"}, "openid"),
        (Prepayment, {"way": "native", "openid": "o1"}, "openid"),
        (Prepayment, {"way": "h5"}, "payer_ip"),
        (Question, {}, "transaction_no"),
        (Question, {"order_no": "CB1", "county": "youxi"}, "transaction_no"),
    ],
)
def test_a_body_says_what_goes_together(body, said, names):
    with pytest.raises(ValidationError) as refused:
        body.model_validate(said)
    (fault,) = row_errors(refused.value)
    assert names in fault.detail and names in fault.detail_zh
