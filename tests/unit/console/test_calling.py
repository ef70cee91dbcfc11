"""What pages call channels, payers and places: by the names of notices, and by codes where there is none."""

import pytest

from services.console.persons.calling import together
from services.console.persons.rules import Called

YOUXI = Called(
    channels={"minshuitong": ("闽税通", "Minshuitong"), "wechat": ("微信公众号“福建税务”", "Fujian Tax")},
    payers={"medical_assistance": ("医疗救助资金", "the medical-assistance fund")},
    places={"350426": ("尤溪县", "Youxi County"), "350426101": ("梅仙镇", "Meixian Town")},
)
OLDER = Called(channels={"minshuitong": ("闽税通旧称", "of old"), "counter": ("银行柜面", "bank counter")})
ELSEWHERE = Called(channels={"wechat": ("微信小程序", "mini program"), "alipay": ("支付宝", "Alipay")})


class TestCodes:
    def test_are_told_by_the_newest_notice_of_a_county(self):
        called = together([("youxi", YOUXI), ("youxi", OLDER)])

        assert called.channel("minshuitong") == ("闽税通", "Minshuitong")
        assert called.channel("counter") == ("银行柜面", "bank counter")
        assert called.payer("medical_assistance")[0] == "医疗救助资金"

    def test_stay_where_counties_call_them_otherwise_or_nobody_names_them(self):
        called = together([("youxi", YOUXI), ("huilong", ELSEWHERE)])

        assert called.channel("alipay") == ("支付宝", "Alipay")
        assert called.channel("wechat") == ("wechat", "wechat")
        assert called.payer("somebody") == ("somebody", "somebody")


class TestPlaces:
    @pytest.mark.parametrize(
        ("code", "zh", "en"),
        [
            ("350426101203", "梅仙镇 350426101203", "Meixian Town 350426101203"),
            ("350426101000", "梅仙镇 350426101000", "Meixian Town 350426101000"),
            ("350426101", "梅仙镇 350426101", "Meixian Town 350426101"),
            ("350426", "尤溪县 350426", "Youxi County 350426"),
            ("350426999203", "350426999203", "350426999203"),
            ("*", "*", "*"),
            (None, "", ""),
        ],
    )
    def test_have_their_code_after_their_name_or_that_of_their_township(self, code, zh, en):
        assert YOUXI.place(code) == (zh, en)
