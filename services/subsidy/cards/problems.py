"""What can be wrong with a list of cards."""

from libs.common.web.problems import ProblemType

TOO_MANY_ROWS = ProblemType(
    "too-many-rows",
    413,
    "The list has more rows than one request may carry",
    "行数超过单次提交上限",
    "Send at most max_rows rows at a time.",
    "每次最多提交 max_rows 行。",
)
CARDS_FILE_REFUSED = ProblemType(
    "cards-file-refused",
    422,
    "The file of cards cannot be read; nothing of it was kept",
    "社保卡文件无法读取，未登记任何一张",
    "Send CSV or xlsx with the columns id_number, account_no, bank, holder, at most 5000 rows.",
    "请提交 CSV 或 xlsx，首行列名为 证件号码、社保卡账号、开户银行、户名，最多 5000 行。",
)
TWO_ACCOUNTS = ProblemType(
    "two-accounts-for-one-person",
    422,
    "The list names two accounts for one person",
    "同一人在名单中有两个账号",
    "Keep the row with the right account and remove the other; first_index is the row that was kept.",
    "请保留正确账号所在行并删除另一行；first_index 为已保留的行。",
)
ACCOUNTS_CLOSED = ProblemType(
    "account-key-missing",
    503,
    "This service has no key for account numbers",
    "本服务未配置账号加密密钥",
    "Set CANBAO_SUBSIDY_ACCOUNT_KEY and start the service again.",
    "请配置 CANBAO_SUBSIDY_ACCOUNT_KEY 后重新启动服务。",
)
PERSON_UNKNOWN = ProblemType(
    "person-not-assessed",
    404,
    "No assessment or payment of this person has arrived here",
    "本服务尚无该人员的核定或缴费记录",
    "Check the person_id; a person who has just been registered is known here a moment later.",
    "请核对 person_id；刚登记的人员稍后即可查到。",
)
