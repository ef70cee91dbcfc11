"""Which column of a file is what: names in English and Chinese, as offices write them."""

import re
from collections.abc import Mapping, Sequence

from services.registration.imports.problems import COLUMN_TWICE, COLUMNS_MISSING

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
    "hukou_kind": ("户口性质", "户籍性质"),
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
SURVEY = {
    **{
        name: HOUSEHOLDS[name]
        for name in (
            *("household_no", "division_code", "address", "relation", "name", "sex", "born"),
            *("document_type", "id_number", "hukou", "hukou_kind"),
        )
    },
    "phone": ("联系电话", "电话", "手机号码", "手机号"),
    "answer": ("摸底结果", "参保意向", "参保情况"),
    "reason": ("未参保原因", "不参保原因"),
    "proof": ("证明材料", "证明"),
    "said_by": ("说明人", "答复人"),
    "said_on": ("摸底日期", "登记日期"),
}
HISTORY = {
    "id_number": HOUSEHOLDS["id_number"],
    "document_type": HOUSEHOLDS["document_type"],
    "coverage_year": ("参保年度", "年度", "费款所属年度"),
    "place": ("参保地", "统筹区"),
    "scheme": ("险种", "险种类型", "参保险种"),
    "source": ("数据来源", "来源"),
}
#: A unit says little more than who its people are; households and villages it does not say.
UNIT_LIST = {
    **{
        name: titles
        for name, titles in HOUSEHOLDS.items()
        if name not in ("household_no", "division_code", "address", "relation", "add_ons", "enroll")
    },
    "event_on": ("接收日期", "入学日期", "认定日期"),
}
#: Whom others' money helps.
HELP_LIST = {
    "id_number": HOUSEHOLDS["id_number"],
    "name": HOUSEHOLDS["name"],
    "amount": ("资助金额", "资助金额（元）", "金额", "金额（元）"),
}
#: Files that `POST /v1/imports` takes, the list of a unit, and that of whom money helps.
IMPORTS = {"households": HOUSEHOLDS, "statuses": STATUSES, "survey": SURVEY, "history": HISTORY}
KINDS = {**IMPORTS, "unit_list": UNIT_LIST, "help_list": HELP_LIST}
REQUIRED = {
    "help_list": ("id_number", "name"),
    "unit_list": ("name", "id_number"),
    "survey": ("household_no", "division_code", "name", "id_number"),
    "households": ("household_no", "division_code", "relation", "name", "id_number"),
    "statuses": ("id_number",),
    "history": ("id_number", "coverage_year"),
}

#: What the cells of closed sets may say, besides the words of the contract.
WORDS = {
    "本县": "county",
    "本市": "city",
    "外地": "elsewhere",
    "外省": "elsewhere",
    "香港": "hong-kong",
    "澳门": "macao",
    "台湾": "taiwan",
    "农村": "rural",
    "农业": "rural",
    "城镇": "urban",
    "非农业": "urban",
    "农转城": "converted",
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
SCHEMES = {
    "居民医保": "resident",
    "城乡居民": "resident",
    "城乡居民医保": "resident",
    "城乡居民基本医疗保险": "resident",
    "职工医保": "employee",
    "城镇职工": "employee",
    "职工基本医疗保险": "employee",
    "其他": "other",
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


#: What templates write beside a column's name: `*姓名`, `姓名（必填）`, `Name [required]:`.
_MARKS = re.compile(
    r"[(\[【](?:必填|必填项|必须|选填|required|optional)[)\]】]|^[\ufeff*＊★]+|[*＊★:：]+$", re.IGNORECASE
)


def _tidy(title: str) -> str:
    bare = "".join(title.split()).replace("（", "(").replace("）", ")").lower()
    while (cut := _MARKS.sub("", bare)) != bare:
        bare = cut
    return bare


_ALIASES: Mapping[str, Mapping[str, str]] = {
    kind: {_tidy(alias): name for name, aliases in columns.items() for alias in (name, *aliases)}
    for kind, columns in KINDS.items()
}


def find_columns(kind: str, header: Sequence[str]) -> dict[str, int]:
    """Place of every known column; raises the problem that names what is missing or stands twice."""
    found: dict[str, int] = {}
    for place, name in enumerate(known_columns(kind, header)):
        if name is None:
            continue
        if name in found:
            first, second = header[found[name]].strip(), header[place].strip()
            one, other = found[name] + 1, place + 1
            raise COLUMN_TWICE.problem(
                f"Columns {one} ({first}) and {other} ({second}) are both {name}. Keep one of them.",
                f"第 {one} 列（{first}）与第 {other} 列（{second}）重复，请只保留一列。",
                columns_twice=[first, second],
            )
        found[name] = place
    missing = missing_columns(kind, header)
    if missing:
        titles = "、".join(titles_of(kind, missing))
        raise COLUMNS_MISSING.problem(
            f"Add the columns: {', '.join(missing)}.", f"请补充以下列：{titles}。", missing_columns=missing
        )
    return found


def known_columns(kind: str, header: Sequence[str]) -> list[str | None]:
    """The names of the columns, cell by cell; None for a cell that names no column that is known."""
    names = _ALIASES[kind]
    return [names.get(_tidy(title)) for title in header]


def missing_columns(kind: str, header: Sequence[str]) -> list[str]:
    """The columns that are needed and that a row does not name."""
    found = set(known_columns(kind, header))
    return [name for name in REQUIRED[kind] if name not in found]


def titles_of(kind: str, names: Sequence[str]) -> list[str]:
    """The Chinese titles of columns."""
    return [KINDS[kind][name][0] for name in names]


def described(kinds: Sequence[str]) -> str:
    """The columns of some kinds of files, for the description of an upload."""
    parts = []
    for kind, columns in ((kind, KINDS[kind]) for kind in kinds):
        names = "; ".join(
            f"{'**' if name in REQUIRED[kind] else ''}`{name}`{'**' if name in REQUIRED[kind] else ''} "
            f"{'/'.join(aliases)}"
            for name, aliases in columns.items()
        )
        parts.append(f"Columns of {kind.replace('_', ' ')} (needed ones in bold): {names}.")
    return "\n\n".join(parts)
