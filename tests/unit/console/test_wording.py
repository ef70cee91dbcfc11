"""What a refusal of a service says on a page: what people do, and nothing that only programs can."""

import httpx
import pytest

from services.console.apis.asking import _refused
from services.console.apis.wording import for_people, for_people_zh


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("请由另一人在 /v1/approvals 中同意或退回。", ""),
        ("请使用该记录所属区划的令牌。", ""),
        ("此操作需要权限 registration:read。", ""),
        (
            "请先核定通过花名册中的人员（见 POST /v1/verifications/decisions 的说明）。",
            "请先核定通过花名册中的人员。",
        ),
        ("请先办理 month 所示月份。", ""),
        ("会计期间须依次锁定；请先办理 month 所示月份。", "会计期间须依次锁定。"),
        ("请在次月一日以后锁定。", "请在次月一日以后锁定。"),
        ("请改用 xlsx 文件（每行一人）。", "请改用 xlsx 文件（每行一人）。"),
    ],
)
def test_chinese_keeps_what_people_do(said, shown):
    assert for_people_zh(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Another person approves or rejects it under /v1/approvals.", ""),
        ("Use a token of the division that the record belongs to.", ""),
        ("Verify lines first (see POST /v1/verifications/decisions).", "Verify lines first."),
        ("Lock it first. Use one of the steps in known_steps.", "Lock it first."),
        ("Lock it on 1 December or later.", "Lock it on 1 December or later."),
    ],
)
def test_english_keeps_what_people_do(said, shown):
    assert for_people(said) == shown


def test_what_a_service_refuses_comes_to_pages_without_it():
    said = {
        "type": "urn:canbao:problem:numbers", "status": 422, "title": "Not usable",
        "title_zh": "票据号码不可用",
        "detail": "Mend what is listed; see GET /v1/voucher-stretches.",
        "detail_zh": "请按所列更正；可在 GET /v1/voucher-stretches 查询。",
    }  # fmt: skip

    refused = _refused("collection", httpx.Response(422, json=said))

    assert (refused.title_zh, refused.detail_zh) == ("票据号码不可用", "请按所列更正。")
    assert (refused.title, refused.detail) == ("Not usable", "Mend what is listed.")
