"""What a template says of each column: what it is, whether it is needed, an example; which are days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.registration.imports.columns import KINDS, REQUIRED

#: Whether a cell has to be filled: always, unless the upload says it for all rows, or not.
Need = Literal["needed", "here_or_with_upload", "optional"]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a column is, and what a cell of it looks like."""

    words: str
    example: str


#: The names of files of each kind.
NAMES: Mapping[str, str] = {
    "households": "参保登记表",
    "statuses": "身份名册",
    "survey": "摸底台账",
    "history": "历年参保记录",
    "unit_list": "单位参保名单",
    "help_list": "资助名单",
}
DAYS = frozenset(
    (
        *("born", "resident_since", "employee_insurance_ended_on", "service_ends_on", "effective_on"),
        *("ended_on", "listed_on", "said_on", "event_on"),
    )
)
WHOLE_NUMBERS = frozenset({"coverage_year"})
AMOUNTS = frozenset({"amount"})
#: Columns besides those without which a file is refused.
_NEEDED = {"statuses": ("effective_on",)}
_WITH_UPLOAD = {"statuses": ("status", "department", "listed_on"), "history": ("place", "scheme")}

_COLUMNS: Mapping[str, Explained] = {
    "household_no": Explained("本村内每户一个编号，同一户各成员填写相同编号，并连续排列", "0012"),
    "division_code": Explained("户所在村（社区）的 12 位代码", "350426101203"),
    "address": Explained("住址，可填到门牌", "东街12号"),
    "relation": Explained("与户主的关系；每户须有且只有一名户主", "户主"),
    "name": Explained("与证件一致的姓名", "王小明"),
    "sex": Explained("居民身份证可识别性别，可不填；其他证件请填写", "男"),
    "born": Explained("居民身份证可识别出生日期，可不填；其他证件必须填写", "1980-06-15"),
    "document_type": Explained("不填的按居民身份证号码识别；其他证件请选择", "居民身份证"),
    "id_number": Explained("证件上的完整号码，以文本填写，末位 X 可大写或小写", "110101199003070011"),
    "hukou": Explained("户籍所在地", "本县"),
    "hukou_kind": Explained("户口性质", "农村"),
    "residence_permit": Explained("是否持有本地居住证", "否"),
    "resident_since": Explained("在本地连续居住的起始日期", "2018-09-01"),
    "employed": Explained("是否在本地就业", "否"),
    "parent_enrolled_in_city": Explained("父母是否已在本市参保", "否"),
    "employee_insurance": Explained("职工医保的状态；选“已终止”的须填写终止日期", "未参加"),
    "employee_insurance_ended_on": Explained("职工医保终止的日期，仅在选“已终止”时填写", "2019-08-31"),
    "service": Explained("服役或服刑的情况", "无"),
    "service_ends_on": Explained("服役或服刑预计结束的日期", "2021-06-30"),
    "service_stationed": Explained("服役部队驻地所在县", "youxi"),
    "school": Explained("在校学生的学校类型", "中小学"),
    "guardian": Explained("未成年人监护人的证件号码", "110101198001010014"),
    "tier": Explained("缴费档次；只有一个档次的可不填", "一档"),
    "add_ons": Explained("自愿选择的附加保险，多个以顿号隔开", "意外伤害补充保险"),
    "enroll": Explained("是否登记本年度参保；不填的按上传时的选择", "是"),
    "status": Explained("参保资助所依据的身份；同一文件可含多种身份", "低保对象"),
    "class": Explained("身份的类别，须是该身份下的类别", "农村一类"),
    "grade": Explained("身份的等级，如残疾等级", "一级"),
    "department": Explained("认定该身份的部门", "县民政局"),
    "effective_on": Explained("身份生效（认定）的日期；取消名册填写失去身份的日期", "2019-09-20"),
    "ended_on": Explained("不再具有该身份的第一天", "2019-12-01"),
    "listed_on": Explained("名册送达医保部门的日期", "2019-09-20"),
    "phone": Explained("联系电话", "13000000000"),
    "answer": Explained("入户摸底的结果", "参保"),
    "reason": Explained("不参保的原因，仅在结果为“不参保”时填写", "职工医保"),
    "proof": Explained("不参保的证明材料；部分原因必须填写", "职工医保缴费证明"),
    "said_by": Explained("说明情况的人", "本人"),
    "said_on": Explained("摸底日期，不得晚于上传当日", "2019-09-10"),
    "coverage_year": Explained("参保年度，四位数字", "2019"),
    "place": Explained("参保地（统筹区）", "三明市"),
    "scheme": Explained("险种", "居民医保"),
    "source": Explained("数据来源", "省平台导出"),
    "event_on": Explained("到本单位（入学、接收、认定）的日期", "2019-09-01"),
    "amount": Explained("资助金额，单位为元；不填的按该人应缴金额资助", "180.00"),
}


def explained(column: str) -> Explained:
    """What a column is."""
    return _COLUMNS[column]


def need_of(kind: str, column: str) -> Need:
    """Whether a file of a kind needs a column."""
    if column in REQUIRED[kind] or column in _NEEDED.get(kind, ()):
        return "needed"
    return "here_or_with_upload" if column in _WITH_UPLOAD.get(kind, ()) else "optional"


def titles(kind: str) -> dict[str, str]:
    """The Chinese names of the columns of a template, in their order."""
    return {column: names[0] for column, names in KINDS[kind].items()}
