"""Whose work something is that a notice gives to a department: the role of its officers."""

from collections.abc import Mapping

from libs.common.policy import Notice

#: Which part a department plays -> the role of its officers.
_OFFICERS: Mapping[str, str] = {
    "village": "township_officer",
    "township": "township_officer",
    "finance": "finance_officer",
    "medical_insurance": "medical_insurance_officer",
    "collector": "tax_officer",
    "status": "department_officer",
}
#: Who looks after what no officer of another role does.
_ELSE = "medical_insurance_officer"


def role_of(notice: Notice, department: str) -> str:
    """Which part a department plays, by the notice."""
    return next((one.role for one in notice.document.departments if one.code == department), "")


def owner_of(notice: Notice, department: str) -> str:
    """The role of the officers of a department."""
    return _OFFICERS.get(role_of(notice, department), _ELSE)


def is_anothers(notice: Notice, department: str, role: str) -> bool:
    """Whether a role is that of officers of other departments than this one."""
    return role in _OFFICERS.values() and role != owner_of(notice, department)


def department_name(notice: Notice, department: str) -> tuple[str, str]:
    """What a department is called, in English and Chinese; its code where the notice does not list it."""
    label = next((one.label for one in notice.document.departments if one.code == department), None)
    return (label.en, label.zh) if label is not None else (department, department)
