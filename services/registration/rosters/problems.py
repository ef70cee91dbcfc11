"""The reasons for which a row of a roster, or the roster, is rejected."""

from libs.common.web.problems import ProblemType

STATUS_UNKNOWN = ProblemType(
    "status-unknown",
    422,
    "No notice knows this status",
    "各通知均无此身份",
    "Use one of the codes in known_statuses.",
    "请使用 known_statuses 所列的身份代码。",
)
OTHER_DEPARTMENT = ProblemType(
    "recognized-by-another-department",
    403,
    "By the notice another department recognizes this status",
    "按通知规定，该身份由其他部门认定",
    "Have the department in recognized_by send this roster, or send the statuses of your own department.",
    "请由 recognized_by 所列部门提交该名册，或只提交本部门认定的身份。",
)
DEPARTMENT_MISSING = ProblemType(
    "department-missing",
    403,
    "The token of a department's officer does not say which department",
    "部门经办人员的令牌未注明所属部门",
    "Have a token issued with the claim `department`: the code that the notice has for it, as civil_affairs.",
    "请重新签发令牌，在 department 声明中写明通知所列的部门代码，如 civil_affairs。",
)
LISTED_EARLIER = ProblemType(
    "listed-before-today",
    403,
    "A roster that arrived on an earlier day is entered by the bureau only",
    "补录较早送达日期的名册仅限医保经办机构",
    "Send it with today as listed_on, or have the bureau (registration:decide) enter the day of its receipt.",
    "请以今天作为 listed_on 提交，或由医保经办机构（registration:decide）按收文日期补录。",
)
RECEIPT_MISSING = ProblemType(
    "receipt-missing",
    422,
    "After the window the day on which a roster arrived needs its receipt as evidence",
    "集中缴费期结束后补录较早送达的名册，须注明收文凭据",
    "Name the paper with the stamp of its receipt under receipt; a second officer then agrees.",
    "请在 receipt 中填写收文登记编号等凭据，并由另一人复核同意。",
)
SECOND_PERSON_AFTER_WINDOW = ProblemType(
    "second-person-after-window",
    422,
    "After the window a roster that arrived on an earlier day needs a second person",
    "集中缴费期结束后补录较早送达的名册须经另一人复核",
    "Send these people by POST /v1/rosters with the receipt; a file cannot be agreed to.",
    "请将这些人员通过 POST /v1/rosters 连同收文凭据提交复核；文件导入不支持复核。",
)
TWICE_ON_ROSTER = ProblemType(
    "twice-on-roster",
    422,
    "The same number stands twice on the roster",
    "名册中同一证件号码重复出现",
    "Keep one row per person.",
    "每人只保留一行。",
)
NOT_ON_ROSTER = ProblemType(
    "not-on-roster",
    422,
    "The person does not have this status",
    "该人员没有此身份，无法移除",
    "Check the number; only who is on record can be removed.",
    "请核对证件号码；只能移除已有记录的人员。",
)
CLASS_UNKNOWN = ProblemType(
    "status-class-unknown",
    422,
    "The notice has no such class of this status",
    "通知中该身份没有此类别",
    "Use one of the classes in known_classes, or leave the class out.",
    "请使用 known_classes 所列的类别，或不填类别。",
)
