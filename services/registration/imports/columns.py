"""Which column of a file is what: names in English and Chinese, as offices write them."""

from collections.abc import Sequence

from services.registration.imports.problems import COLUMNS_MISSING

HOUSEHOLDS = {
    "household_no": ("户号", "户编号", "家庭编号"),
    "division_code": ("村代码", "村(社区)代码", "行政区划代码", "区划代码"),
    "address": ("地址", "住址", "家庭住址"),
    "relation": ("与户主关系", "关系"),
    "name": ("姓名",),
    "sex": ("性别",),
    "born": ("出生日期",),
    "document_type": ("证件类型",),
    "id_number": ("证件号码", "身份证号", "身份证号码", "公民身份号码"),
    "hukou": ("户籍", "户籍类型"),
    "residence_permit": ("居住证",),
    "resident_since": ("居住起始日期",),
    "employed": ("就业", "是否就业"),
    "parent_enrolled_in_city": ("父母已在本市参保",),
    "employee_insurance": ("职工医保", "职工医保状态"),
    "employee_insurance_ended_on": ("职工医保终止日期",),
    "service": ("服役服刑", "特殊状态"),
    "service_ends_on": ("服役服刑终止日期",),
    "service_stationed": ("驻地",),
    "school": ("在校情况", "学校类型"),
    "guardian": ("监护人证件号码",),
    "tier": ("档次", "缴费档次"),
    "add_ons": ("附加保险",),
    "enroll": ("是否参保", "参保"),
}
STATUSES = {
    "id_number": ("证件号码", "身份证号", "身份证号码", "公民身份号码"),
    "document_type": ("证件类型",),
    "name": ("姓名",),
    "status": ("身份", "身份代码"),
    "class": ("类别",),
    "grade": ("等级",),
    "department": ("认定部门", "部门"),
    "effective_on": ("认定日期", "生效日期"),
    "ended_on": ("终止日期", "取消日期"),
    "listed_on": ("名册日期", "列入日期"),
}
REQUIRED = {
    "households": ("household_no", "division_code", "relation", "name", "id_number"),
    "statuses": ("id_number",),
}

HEADS = frozenset({"head", "户主", "本人", "1", "本人或户主"})
#: What the cells of closed sets may say, besides the words of the contract.
WORDS = {
    "男": "male",
    "女": "female",
    "本县": "county",
    "本市": "city",
    "外地": "elsewhere",
    "外省": "elsewhere",
    "香港": "hong-kong",
    "澳门": "macao",
    "台湾": "taiwan",
    "未参加": "none",
    "在保": "active",
    "参保": "active",
    "已终止": "ended",
    "无": "none",
    "军人": "military",
    "武警": "armed_police",
    "服刑": "prison",
    "中小学": "primary_secondary",
    "中职": "vocational",
    "大学": "university",
    "居民身份证": "resident_id",
    "身份证": "resident_id",
    "港澳台居民居住证": "hmt_residence_permit",
    "港澳居民来往内地通行证": "hk_macao_permit",
    "台湾居民来往大陆通行证": "taiwan_permit",
    "外国人永久居留身份证": "foreigner_id",
    "出生医学证明": "birth_certificate",
}
FLAGS = {
    "是": True,
    "有": True,
    "true": True,
    "yes": True,
    "y": True,
    "1": True,
    "否": False,
    "无": False,
    "false": False,
    "no": False,
    "n": False,
    "0": False,
}


def find_columns(kind: str, header: Sequence[str]) -> dict[str, int]:
    """Place of every known column; raises the problem that names what is missing."""
    known = HOUSEHOLDS if kind == "households" else STATUSES
    names = {alias: name for name, aliases in known.items() for alias in (name, *aliases)}
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        name = names.get(_tidy(title))
        if name is not None:
            found.setdefault(name, place)
    missing = [name for name in REQUIRED[kind] if name not in found]
    if missing:
        titles = "、".join(known[name][0] for name in missing)
        raise COLUMNS_MISSING.problem(
            f"Add the columns: {', '.join(missing)}.", f"请补充以下列：{titles}。", missing_columns=missing
        )
    return found


def _tidy(title: str) -> str:
    bare = title.strip().lstrip("\ufeff").rstrip("*").replace("（", "(").replace("）", ")")
    return "".join(bare.split()).lower()


def described() -> str:
    """The columns of both kinds of file, for the description of the upload."""
    parts = []
    for kind, columns in (("households", HOUSEHOLDS), ("statuses", STATUSES)):
        names = "; ".join(
            f"{'**' if name in REQUIRED[kind] else ''}`{name}`{'**' if name in REQUIRED[kind] else ''} "
            f"{'/'.join(aliases)}"
            for name, aliases in columns.items()
        )
        parts.append(f"Columns of {kind} (needed ones in bold): {names}.")
    return "\n\n".join(parts)
