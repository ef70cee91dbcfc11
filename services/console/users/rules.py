"""Who may be a user of the console, and which passwords are good enough."""

import re
import secrets
from dataclasses import dataclass

from libs.common.divisions import DivisionCodeInvalid, parse_division_code, prefix_of
from libs.common.security.scopes import ROLES
from services.console.session.rules import Visitor

#: Programs that act for others get tokens, and never sign in.
PROGRAMS = ("mini_program", "collector_system", "bureau_system")
ROLES_OF_PEOPLE = tuple(role for role in ROLES if role not in PROGRAMS)

SHORTEST_PASSWORD = 10
#: More makes nothing safer, and hashing it costs.
LONGEST_PASSWORD = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
# Without letters and digits that are taken for each other when a password is read out.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


class UserInvalid(ValueError):
    """A user cannot be as was asked; the sentences say what to change."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


@dataclass(frozen=True, slots=True)
class Place:
    """What a user is: a role, within a division, perhaps for a department or a unit."""

    role: str
    division: str = "*"
    department: str = ""
    unit: str = ""


def checked_name(name: str) -> str:
    """Give the name as it is kept. Raises UserInvalid."""
    kept = name.strip().lower()
    if not _NAME.fullmatch(kept):
        raise UserInvalid(
            "A user's name has 2 to 40 letters a to z, digits, dots, hyphens or underscores.",
            "用户名须为 2 至 40 个小写字母、数字、点、连字符或下划线。",
        )
    return kept


def checked_place(place: Place) -> Place:
    """Hold a user to what tokens of the role need. Raises UserInvalid."""
    if place.role not in ROLES_OF_PEOPLE:
        raise UserInvalid(
            f"The role is one of {', '.join(ROLES_OF_PEOPLE)}.",
            f"角色须为 {'、'.join(ROLES_OF_PEOPLE)} 之一。",
        )
    if place.role == "department_officer" and not place.department:
        raise UserInvalid(
            "A department's officer needs the code of the department, as the notice has it.",
            "部门经办人员须填写通知中的部门代码。",
        )
    if place.role == "unit_clerk" and not place.unit:
        raise UserInvalid("A unit's clerk needs the code of the unit.", "单位经办人员须填写单位代码。")
    if place.division == "*":
        return place
    try:
        prefix = prefix_of(parse_division_code(place.division))
    except DivisionCodeInvalid as error:
        raise UserInvalid(
            str(error), "区划代码有误：须为 2、4、6、9 或 12 位数字，或以 * 表示全部。"
        ) from None
    return Place(place.role, prefix, place.department, place.unit)


def check_password(password: str, name: str, former: str = "") -> None:
    """Refuse what is guessed easily. Raises UserInvalid."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UserInvalid(
            f"A password has at least {SHORTEST_PASSWORD} characters; several words are fine.",
            f"密码至少 {SHORTEST_PASSWORD} 个字符，可用多个词组成。",
        )
    if name in password.lower() or len(set(password)) < SHORTEST_PASSWORD // 2:
        raise UserInvalid(
            "It is guessed too easily: it holds the user's name, or hardly any different characters.",
            "密码过于简单：不得包含用户名，也不得由少数几个字符重复而成。",
        )
    if password == former:
        raise UserInvalid("Choose another password than the present one.", "新密码不得与现用密码相同。")


def is_below(visitor: Visitor, division: str) -> bool:
    """Whether a user of a division is a visitor's to look after."""
    return visitor.division == "*" or division.startswith(visitor.division)


def new_password() -> str:
    """Make up a password that can be read out over a telephone; nearly 80 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
