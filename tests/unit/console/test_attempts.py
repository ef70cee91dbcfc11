"""What came of a test message that nobody answered, in words."""

from services.console.subscriptions.schemas import Tried
from services.console.subscriptions.showing import tried_says


def test_an_address_that_nobody_reaches_is_said_to_be_so():
    zh, en = tried_says(Tried(taken=False, answer="ConnectError", webhook_id="1-test-2"))
    assert "未被接收：无法连接（编号 1-test-2）" in zh and "not taken: no connection (" in en


def test_an_answer_is_told_by_its_number():
    zh, _ = tried_says(Tried(taken=False, answer="401", webhook_id="1-test-2"))
    assert "未被接收：401（" in zh
