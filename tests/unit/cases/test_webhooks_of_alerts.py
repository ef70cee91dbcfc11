"""Addresses that alerts are told to: one that could tell nothing is named at the start."""

import json
from types import SimpleNamespace

import pytest

from libs.common.cases.telling import Telling
from libs.common.security.webhooks import generate_secret
from libs.common.settings import SettingInvalid
from services.collection.cases.deciding import DESK

URL = "https://hooks.example.cn/alerts"
PUBLIC = "whpk_" + "A" * 43 + "="


def telling(**webhook):
    setting = json.dumps({"youxi": {"url": URL} | webhook})
    return Telling(
        SimpleNamespace(settings=SimpleNamespace(alert_webhooks=setting, internal_networks="")), DESK
    )


def test_a_secret_signs():
    assert telling(secret=generate_secret()).has_targets


@pytest.mark.parametrize("secret", [PUBLIC, "whsec_", "whsec_?", ""])
def test_what_cannot_sign_is_named_at_the_start(secret):
    with pytest.raises(SettingInvalid, match="CANBAO_ALERT_WEBHOOKS"):
        telling(secret=secret)
