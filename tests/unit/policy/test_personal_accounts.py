"""A notice that lets employees' personal accounts pay for relatives: what it has to say with it."""

import pytest

from libs.common.policy import NoticeInvalid, load_notice_bytes, policies_dir

YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
CHANNEL = (
    "channels:\n"
    "  - code: family_account\n"
    "    clause: 九\n"
    "    kind: app\n"
    "    pays_for: family\n"
    "    real_name_check: true\n"
    "    personal_account: {clause: 九, account: worker_fund, relations: [spouse, parent, child]}\n"
    "    label: {zh: 家庭共济, en: family account}\n"
)
ACCOUNT = (
    "accounts:\n"
    "  - {code: worker_fund, clause: 九, role: employee_fund, label: {zh: 职工医保基金, en: fund}}\n"
)
PATH = (
    "money_path:\n  - {clause: 九, from: worker_fund, to: special_fiscal_account, department: finance, "
    "label: {zh: 基金间划转, en: transfer between funds}}\n"
)


def youxi(channel: str = CHANNEL, account: str = ACCOUNT, path: str = PATH):
    text = YOUXI.replace("channels:\n", channel, 1).replace("accounts:\n", account, 1)
    return load_notice_bytes(text.replace("money_path:\n", path, 1).encode(), "youxi/2020.yaml")


def test_a_channel_says_whose_fund_owes_the_money_and_for_whom_it_pays():
    paying = youxi().channels["family_account"].personal_account

    assert paying is not None
    assert (paying.account, paying.relations) == ("worker_fund", ("spouse", "parent", "child"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "real_name_check: true",
            "real_name_check: true\n    takes_cash: true",
            "不能以现金或人工收款方式支付",
        ),
        ("kind: app", "kind: counter", "不能以现金或人工收款方式支付"),
        ("    real_name_check: true\n", "", "个人账户只为实名职工的家人支付"),
        ("pays_for: family", "pays_for: anyone", "个人账户只为实名职工的家人支付"),
        ("account: worker_fund", "account: treasury", "不是职工医保基金的账户"),
        ("account: worker_fund", "account: nobodys", "在本通知里没有定义"),
        ("[spouse, parent, child]", "[spouse, spouse]", "亲属关系至少写一种"),
        ("[spouse, parent, child]", "[]", "亲属关系至少写一种"),
        ("[spouse, parent, child]", "[cousin]", "cousin"),
    ],
)
def test_a_channel_that_cannot_keep_it_is_named(old, new, told):
    with pytest.raises(NoticeInvalid) as caught:
        youxi(CHANNEL.replace(old, new, 1))

    assert any(told in flaw.said("zh") for flaw in caught.value.flaws), caught.value


def test_what_the_fund_owes_goes_to_the_special_fiscal_account():
    with pytest.raises(NoticeInvalid) as caught:
        youxi(path=PATH.replace("to: special_fiscal_account", "to: treasury", 1))

    assert any("应到财政专户" in flaw.said("zh") for flaw in caught.value.flaws)
