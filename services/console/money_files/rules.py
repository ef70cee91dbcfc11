"""Which files about money may be sent, by whom, to which API, and what is said beside each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.console.forms.rules import Choice, Field
from services.console.home.rules import may
from services.console.session.rules import Visitor

#: A service reads such a file at once, so that it cannot be as large as a county's people.
MOST_MIB = 64


@dataclass(frozen=True, slots=True)
class MoneyFile:
    """A kind of file. `how`: with its options in one form, or as the body with them in the address.

    `says` names the options that the season gives; `listed` is the work list where what it brought stands.
    """

    title_zh: str
    title: str
    about_zh: str
    about: str
    scopes: tuple[str, ...]
    service: str
    path: str
    how: Literal["form", "body"]
    listed: str
    says: tuple[str, ...] = ("county",)
    fields: tuple[Field, ...] = ()
    #: Where its service gives out the template, where there is one, and what of the season it asks.
    template: str = ""
    template_says: tuple[str, ...] = ()


#: What a channel's file says, as collection calls it.
_FILES = (
    Choice("tax_table", "税务实征明细", "the tax authority’s own list"),
    Choice("bank_table", "银行账户流水", "a bank’s statement as a table"),
    Choice("treasury_table", "国库入库明细", "the treasury’s list"),
    Choice("deposit_table", "银行存入明细", "deposits at a bank"),
    Choice("wechat_all", "微信支付账单（全部）", "WeChat Pay, all"),
    Choice("wechat_success", "微信支付账单（成功）", "WeChat Pay, successful"),
    Choice("wechat_refund", "微信支付账单（退款）", "WeChat Pay, refunds"),
    Choice("wechat_fund_flow", "微信资金账单", "WeChat Pay, flow of funds"),
    Choice("alipay_trade", "支付宝业务账单", "Alipay, trades"),
    Choice("unionpay_zm", "银联 ZM 流水", "UnionPay ZM"),
    Choice("unionpay_zme", "银联 ZME 差错", "UnionPay ZME"),
    Choice("bank_camt053", "camt.053", "camt.053"),
    Choice("bank_mt940", "MT940", "MT940"),
)
_COLLECTOR = Field("collector_id", "收缴点", "Collector", "choice")
_PROFILE = Field(
    "profile", "文件格式名称", "Layout", most=40, required=False,
    hint_zh="银行自有格式的名称；本系统格式不填。", hint="The name of the bank’s own layout; empty for ours.",
)  # fmt: skip
DRY_RUN = Field("dry_run", "先试算（不登记）", "Dry run: only say what would happen", "tick", required=False)
MONEY_FILES: Mapping[str, MoneyFile] = {
    "receipts": MoneyFile(
        "现金收据", "Cash receipts",
        "村（社区）收款明细，全部无误才登记。列名：证件号码、姓名、金额、收款时间；"
        "需要时另列票据号码、户票号码、收款方式、收据组。",
        "What a village took, all rows or none: number, name, amount, time; and numbers of paper.",
        ("cash:write",), "collection", "/v1/cash-receipts/files", "form", "cash", ("coverage_year",),
        (_COLLECTOR,), "/v1/cash-receipts/template",
    ),
    "batch": MoneyFile(
        "村级批次", "Village batch", "村（社区）一批的花名册、票据和金额，列名同现金收据。",
        "Roster, paper and money of a village’s batch, with the columns of cash receipts.",
        ("cash:write",), "collection", "/v1/village-batches/files", "form", "batches",
        ("coverage_year",), (_COLLECTOR,), "/v1/cash-receipts/template",
    ),
    "channel": MoneyFile(
        "渠道文件", "Channel’s file", "渠道、银行、国库或税务某一日的明细，原样上传（可为 gzip、zip）。",
        "What a channel, bank, treasury or the tax authority says of a day, as it is (gzip and zip, too).",
        ("collection:write",), "collection", "/v1/channel-files", "form", "files", ("county",),
        (
            Field("channel", "渠道或账户代码", "Channel or account", most=40,
                  hint_zh="通知中的代码，如 wechat。", hint="Its code in the notice, such as wechat."),
            Field("kind", "文件类型", "What it is", "choice", _FILES),
            Field("business_on", "业务日期", "Its day", "day"),
            _PROFILE,
        ),
    ),
    "debit_results": MoneyFile(
        "代扣回盘", "Results of debits", "银行对若干批量代扣的逐户结果。", "What a bank said of debits.",
        ("collection:write",), "collection", "/v1/debit-results", "body", "debits",
        ("county",), (_PROFILE,),
    ),
    "payout_results": MoneyFile(
        "发放回盘", "Results of payouts", "银行对若干发放批次的逐笔结果。", "What a bank said of payouts.",
        ("subsidy:write",), "subsidy", "/v1/payout-results", "body", "payout_batches",
        ("county",), (_PROFILE,),
    ),
    "cards": MoneyFile(
        "社保卡", "Social-security cards",
        "列名：证件号码、社保卡账号、开户银行、户名。无误的各行予以登记，其余各行列出问题；新账号替换原账号。",
        "Columns: number, account, bank, holder. Good rows are kept, the others are listed with the mend; a "
        "new account takes the place of the earlier one.",
        ("cards:write",), "subsidy", "/v1/cards/file", "body", "cards", (), (DRY_RUN,),
        "/v1/cards/template",
    ),
    "fund_arrivals": MoneyFile(
        "资助资金到账", "Payers’ money that came", "列名：资助方、凭证号、金额（元）、到账时间。",
        "Columns: payer, reference, yuan, arrived_at.",
        ("subsidy:approve",), "subsidy", "/v1/fund-arrivals/file", "body", "arrivals",
        ("county", "coverage_year"), template="/v1/fund-arrivals/template",
        template_says=("county", "coverage_year"),
    ),
    "match_arrivals": MoneyFile(
        "财政配套到账", "Match that came", "列名：级次、凭证号、金额（元）、到账时间。",
        "Columns: level, reference, yuan, arrived_at.",
        ("ledger:close",), "ledger", "/v1/fiscal-match/arrivals/file", "body", "match",
        ("county", "coverage_year"), template="/v1/fiscal-match/arrivals/template",
    ),
}  # fmt: skip


def money_files_of(visitor: Visitor) -> dict[str, MoneyFile]:
    """The kinds that a role may send."""
    return {name: one for name, one in MONEY_FILES.items() if all(may(visitor, word) for word in one.scopes)}


def said_of(kind: MoneyFile, county: str, coverage_year: int, typed: Mapping[str, str]) -> dict[str, str]:
    """The options as the API takes them: what was left empty is not said."""
    season = {"county": county, "coverage_year": str(coverage_year)}
    given = {one.name: typed.get(one.name, "") for one in kind.fields}
    return {name: season[name] for name in kind.says} | {
        name: value for name, value in given.items() if value
    }
