"""What can be wrong with channels through which employees' personal accounts pay."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from libs.common.policy.format.custody_rules import Channel, PersonalAccount
from libs.common.policy.format.document import Document
from libs.common.policy.format.reader import Source

Known = Callable[[Source, object, str, Iterable[str | None], Iterable[str]], None]

ROLE = "employee_fund"


def check_personal_accounts(src: Source, doc: Document, known: Known) -> None:
    """Note which channels cannot keep what they say of personal accounts, and where such money cannot go."""
    roles = {one.code: one.role for one in doc.accounts}
    for channel in doc.channels:
        if channel.personal_account is not None:
            known(src, channel.personal_account, "account", [channel.personal_account.account], roles)
            _channel(src, channel, channel.personal_account, roles)
    for step in doc.money_path:
        if roles.get(step.from_) == ROLE and roles.get(step.to) != "special_fiscal_account":
            src.flaw(
                src.line_of(step),
                "what the employees' fund owes goes to the special fiscal account",
                "let the step lead to an account of the role `special_fiscal_account`",
            )


def _channel(src: Source, channel: Channel, paying: PersonalAccount, roles: Mapping[str, str]) -> None:
    line = src.line_of(paying)
    if roles.get(paying.account, ROLE) != ROLE:
        src.flaw(
            line,
            f"account {paying.account!r} is not that of the employees' fund",
            "name an account of the role `employee_fund`",
        )
    if channel.takes_cash or channel.by_hand:
        src.flaw(
            line,
            f"channel {channel.code!r}: a personal account pays neither in cash nor by hand",
            "leave out `takes_cash`, and write the `kind` of an app or terminal",
        )
    if channel.pays_for != "family" or not channel.real_name_check:
        src.flaw(
            line,
            f"channel {channel.code!r}: a personal account pays for the family of an employee who is known",
            "write `pays_for: family` and `real_name_check: true`",
        )
    if not paying.relations or max(Counter(paying.relations).values()) > 1:
        src.flaw(line, "relations are named once each, and at least one", "write such as [spouse, child]")
