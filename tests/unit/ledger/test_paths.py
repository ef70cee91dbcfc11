"""The way of the money by the notices: which movements each knows, whose they are, how old it is."""

from datetime import date

import pytest

from libs.common.policy import load_all, load_notice_bytes, policies_dir
from services.ledger.paths.rules import (
    Day,
    OffPath,
    check,
    kinds_of,
    knows,
    oldest,
    stretches,
    titles,
    waits_for,
)

NOTICES = {notice.county: notice for notice in load_all().values()}
KINDS = ("channel_settlement", "treasury_receipt", "fiscal_transfer", "upward_remittance")


@pytest.mark.parametrize(
    ("county", "known"),
    [
        ("youxi", KINDS),
        ("huining", KINDS[:2]),
        ("dongan", KINDS[:1]),
        ("songming", KINDS[:1]),
        # They say nothing of it, so nothing can be off it.
        ("huilong", KINDS),
        ("qingdao", KINDS),
    ],
)
def test_each_notice_leads_money_as_far_as_it_says(county, known):
    assert tuple(kind for kind in KINDS if knows(NOTICES[county], kind)) == known


@pytest.mark.parametrize(
    ("county", "kind", "department", "clause"),
    [
        ("youxi", "treasury_receipt", "tax", "六(一)"),
        ("youxi", "upward_remittance", "finance", "七(一)"),
        ("youxi", "upward_remittance", "", "七(一)"),
        # Villages bring the cash; whoever collects answers for every channel.
        ("huining", "channel_settlement", "village", "八(一)"),
        ("huining", "channel_settlement", "tax", "八(一)"),
        ("songming", "channel_settlement", "village", "七(二)"),
        ("huilong", "channel_settlement", "village", None),
    ],
)
def test_a_movement_is_a_step_by_its_clause(county, kind, department, clause):
    assert check(NOTICES[county], kind, None, department) == clause


@pytest.mark.parametrize(
    ("county", "kind", "department", "departments"),
    [
        ("youxi", "upward_remittance", "tax", ("finance",)),
        ("youxi", "treasury_receipt", "finance", ("tax",)),
        ("huining", "treasury_receipt", "village", ("tax",)),
        ("huining", "upward_remittance", "finance", ()),
        ("dongan", "treasury_receipt", "", ()),
    ],
)
def test_what_is_another_departments_or_no_step_is_off_the_way(county, kind, department, departments):
    with pytest.raises(OffPath) as refused:
        check(NOTICES[county], kind, None, department)
    assert refused.value.departments == departments


def test_add_ons_go_to_the_payees_that_the_notice_names():
    assert check(NOTICES["youxi"], "add_on_handover", "china_life", "finance") is None
    with pytest.raises(OffPath):
        check(NOTICES["youxi"], "add_on_handover", "somebody_else", "")


def test_a_step_over_several_places_is_gone_by_several_movements():
    first, *_ = stretches(NOTICES["youxi"])
    assert kinds_of(first) == ("channel_settlement", "treasury_receipt")
    # What departments pay straight into the special account is posted with the grant.
    assert [kinds_of(one) for one in stretches(NOTICES["dongan"])] == [("channel_settlement",), ()]


def test_what_an_employees_fund_owes_waits_for_the_step_that_begins_there():
    text = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "accounts:\n",
        "accounts:\n  - {code: fund, clause: 九, role: employee_fund, label: {zh: 职工基金, en: workers}}\n",
        1,
    )
    silent = load_notice_bytes(text.encode(), "youxi/2020.yaml")
    told = load_notice_bytes(
        text.replace(
            "money_path:\n",
            "money_path:\n  - {clause: 九, from: fund, to: special_fiscal_account, department: finance, "
            "label: {zh: 划转, en: transfer}}\n",
            1,
        ).encode(),
        "youxi/2020.yaml",
    )

    step, *others = stretches(told)
    assert kinds_of(step) == ("employee_fund_transfer",)
    assert waits_for("employee_fund:fund", step)
    assert not any(waits_for("employee_fund:fund", one) for one in others)
    assert check(told, "employee_fund_transfer", None, "finance") == "九"
    with pytest.raises(OffPath):
        check(told, "employee_fund_transfer", None, "tax")
    assert check(silent, "employee_fund_transfer", None, "tax") is None
    assert titles(told, "employee_fund:fund") == ("Due from: workers", "应由职工基金划入")


def test_an_account_bears_the_name_that_the_notice_gives_it():
    assert titles(NOTICES["huining"], "pending_remittance")[1] == "乡镇金融机构待报解账户"
    assert titles(NOTICES["songming"], "pending_remittance")[1] == "农业银行指定账户"
    assert titles(NOTICES["huining"], "special_fiscal_account")[1] == "社会保障基金财政专户"
    assert titles(None, "clearing:tax")[1] == "渠道在途资金"


def day(number, came, left=0):
    return Day("treasury", date(2020, 1, number), came, left)


@pytest.mark.parametrize(
    ("days", "since"),
    [
        ([day(1, 100), day(5, 50)], 1),
        ([day(1, 100), day(5, 50), day(6, 0, 100)], 5),
        ([day(1, 100), day(5, 50), day(6, 0, 99)], 1),
        ([day(5, 50, 100), day(1, 100)], 5),
        ([day(1, 100, 100)], None),
        # Refunds left before the money was there: it owes, and nothing waits.
        ([day(1, 0, 100), day(5, 40)], None),
        ([], None),
    ],
)
def test_the_oldest_money_is_what_came_after_all_that_has_left(days, since):
    assert oldest(days) == (date(2020, 1, since) if since else None)
