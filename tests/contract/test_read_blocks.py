"""Which code executes what a notice says of cash, paper and surveys, and what is still only text."""

from dataclasses import fields
from pathlib import Path

import pytest

from libs.common.policy.format.custody_rules import CashDeposit, Channel, Voucher
from libs.common.policy.format.people_rules import Excuse

REPOSITORY = Path(__file__).resolve().parents[2]
SURVEYS = "services/registration/surveys/rules.py"
RULES = "services/collection/cash/rules.py"
TERMS = "libs/common/policy/engine/office_days.py"

#: Member of a block -> the code that decides by it.
READ = {
    (CashDeposit, "clause"): RULES,
    (CashDeposit, "rule"): RULES,
    (CashDeposit, "cutoff"): TERMS,
    (CashDeposit, "late"): TERMS,
    (CashDeposit, "days"): TERMS,
    (CashDeposit, "account"): "services/collection/deposits/api.py",
    (Channel, "code"): RULES,
    (Channel, "clause"): RULES,
    (Channel, "kind"): RULES,
    (Channel, "pays_for"): RULES,
    (Channel, "voucher"): RULES,
    (Channel, "takes_cash"): RULES,
    (Voucher, "code"): RULES,
    (Voucher, "clause"): RULES,
    (Voucher, "medium"): RULES,
    (Voucher, "per"): RULES,
    (Voucher, "writeoff"): "services/collection/writeoffs/rules.py",
    (Voucher, "issued_by"): "services/collection/books/rules.py",
    (Excuse, "clause"): SURVEYS,
    (Excuse, "proof"): SURVEYS,
    (Excuse, "reason"): SURVEYS,
    (Voucher, "copies"): "services/collection/books/reporting.py",
}
#: Words for people: shown, and nothing is decided by them.
SHOWN = {"label", "note", "forbidden", "questions", "seals", "fields"}
#: What no service executes yet. Whoever makes one do so takes it from here.
UNREAD = {
    (Channel, "real_name_check"): "payers are told apart by their backends",
}


def members():
    return [(block, one.name) for block in (CashDeposit, Channel, Voucher, Excuse) for one in fields(block)]


@pytest.mark.parametrize(("block", "name"), members(), ids=lambda value: getattr(value, "__name__", value))
def test_every_member_is_executed_shown_or_named_as_open(block, name):
    places = [(block, name) in READ, name in SHOWN, (block, name) in UNREAD]
    assert places.count(True) == 1


@pytest.mark.parametrize(
    ("block", "name"), list(READ), ids=lambda value: getattr(value, "__name__", str(value))
)
def test_the_code_that_is_named_asks_for_it(block, name):
    assert f".{name}" in (REPOSITORY / READ[block, name]).read_text(encoding="utf-8")
