"""The form that records the account of a unit, where what it paid for its people goes back to."""

from collections.abc import Mapping

from services.console.forms.rules import Fact, Field, Sheet
from services.console.home.rules import is_of_county, may
from services.console.session.rules import Visitor
from services.console.units.filling import facts_of, way_of
from services.console.units.schemas import KnownAccount, Unit

API = "/v1/unit-accounts"
_DIGITS = range(8, 33)


def _account(text: str) -> str:
    """The digits of an account. Raises ValueError."""
    account = text.replace(" ", "").replace("-", "")
    if not (account.isascii() and account.isdigit() and len(account) in _DIGITS):
        raise ValueError(text)
    return account


_FIELDS = (
    Field(
        "account_no", "账号", "Account", most=60, reads=_account, hint_zh="8 至 32 位数字，可带空格或短横。",
        hint="8 to 32 digits, with blanks or hyphens.",
    ),
    Field(
        "bank", "开户银行", "Bank", most=60, hint_zh="不含逗号、分号、引号等。",
        hint="Without commas, semicolons and quotation marks.",
    ),
    Field(
        "holder", "户名", "Holder", most=60, hint_zh="银行登记的户名，一般为单位全称。",
        hint="As the bank has it, mostly the unit’s full name.",
    ),
)  # fmt: skip


def may_record(visitor: Visitor) -> bool:
    """Whether a visitor records accounts of units: that is for an office of the whole county."""
    return may(visitor, "cards:write") and is_of_county(visitor)


def account_sheet(unit: Unit, known: KnownAccount | None) -> Sheet:
    """The form of an account, with the one on record beside it."""
    says = "无", "none"
    if known is not None:
        parts = known.account_masked, known.bank, known.holder
        says = "，".join(parts), ", ".join(parts)
    facts = (*facts_of(unit), Fact("已登记账户", "Account on record", *says))
    return Sheet("登记单位账户", "Record the unit’s account", "下一步", "Go on", _FIELDS, way_of(unit), facts)


def body_of(unit: Unit, typed: Mapping[str, str]) -> Mapping[str, object]:
    """The account as the API takes it."""
    said = {one.name: typed[one.name] for one in _FIELDS}
    return {"county": unit.county, "unit_code": unit.code, **said}


def account_will(unit: Unit, known: KnownAccount | None, typed: Mapping[str, str]) -> list[Fact]:
    """What recording it will do."""
    account, holder = _account(typed["account_no"]), typed["holder"]
    by_fours = " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    facts = [
        Fact("账号", "Account", by_fours, by_fours),
        Fact("开户银行", "Bank", typed["bank"], typed["bank"]),
        Fact("户名", "Holder", holder, holder),
    ]
    if holder != unit.name:
        odd = f"户名与单位名称“{unit.name}”不一致。", f"The holder is not called as the unit: “{unit.name}”."
        facts.append(Fact("请核对", "Look again", *odd))
    if known is not None:
        instead = "替换已登记的账户，原账户不再使用。", "It takes the place of the one on record."
        facts.append(Fact("登记", "On record", *instead))
    effect = (
        "该单位为人员缴费的退费和资助从此发放到此账户；因无账户等待的款项转为待发放。",
        "What the unit paid and gets back goes there from now on, with help for it; what waited is ready.",
    )
    return [*facts, Fact("结果", "Outcome", *effect)]
