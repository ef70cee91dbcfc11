"""Work lists: tables that pages of every role share, and what each list is called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.console.apis.rules import ASKED
from services.console.forms.rules import Pick
from services.console.pages.rules import SERVICE_NAMES
from services.console.worklists.pictures import Picture

#: So many rows stand on a page.
ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in a column. `right` has its figures below each other."""

    title_zh: str
    title: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, in both languages where they differ, with what is to be noted of it and where it leads."""

    zh: str = ""
    en: str | None = None
    note_zh: str = ""
    note: str = ""
    fen: int | None = None
    on: date | datetime | None = None
    #: A share, drawn as a bar beside its figure.
    part: int | None = None
    whole: int | None = None
    warn: bool = False
    page: str = ""

    @property
    def said(self) -> str:
        """The value in English."""
        return self.zh if self.en is None else self.en


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one page; `next_after`: more follow. `lead` is of all, `picks` is where rows are ticked."""

    columns: list[Column]
    rows: list[list[Cell]]
    next_after: str | None = None
    lead_zh: str = ""
    lead: str = ""
    picks: Sequence[Pick] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A work list: its name, the scopes of which its API asks one, and whether it is of one season."""

    title_zh: str
    title: str
    service: str
    scopes: tuple[str, ...]
    by_season: bool = True
    #: Parts of it that can be shown alone, by their words in addresses; the first unless one is chosen.
    parts: tuple[tuple[str, str, str], ...] = ()
    #: What is said where nothing is on it.
    none_zh: str = "目前没有需要办理的事项。"
    none: str = "Nothing is on it."
    #: The same of a part of it, where that says something else.
    none_of: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_BATCH_PARTS = (
    ("open", "审核中", "being reviewed"),
    ("overdue", "超期未办", "overdue"),
    ("sent_back", "已退回村", "sent back"),
    ("draft", "待村交审", "not handed in"),
    ("done", "已办结", "done"),
)
_TICKET_PARTS = (
    ("open", "未办结", "open"),
    ("overdue", "超期", "overdue"),
    ("answered", "已答复", "answered"),
)
LISTS: Mapping[str, Listed] = {
    "unpaid": Listed(
        "未缴费人员", "People who have not paid", "registration", ("survey:read",),
        none_zh="全部人员已缴费或免缴。", none="Everybody has paid or is exempt.",
    ),
    "cash": Listed(
        "手持现金", "Cash in hand", "collection", ("cash:write", "cash:review"), by_season=False,
        parts=(("all", "全部", "all"), ("overdue", "逾期", "overdue")),
        none_zh="没有未解款的现金。", none="No cash is in hand.",
        none_of={"overdue": ("没有逾期未解的现金。", "No cash is overdue at the bank.")},
    ),
    "vouchers": Listed(
        "手持票据", "Paper vouchers in hand", "collection", ("cash:write", "cash:review"), by_season=False,
        none_zh="名下没有票据。", none="No paper is held.",
    ),
    "batches": Listed(
        "村级批次", "Village batches", "collection", ("cash:write", "cash:review", "collection:write"),
        by_season=False,
        parts=_BATCH_PARTS,
    ),
    "villages": Listed(
        "各村进度", "Villages", "registration", ("survey:read",),
        none_zh="该年度没有村（社区）的摸底台账或登记。", none="No village has a base or anybody registered.",
    ),
    "tickets": Listed(
        "更正单", "Reported errors", "registration", ("tickets:read",), parts=_TICKET_PARTS
    ),
    "merges": Listed(
        "合并记录", "Merges", "registration", ("registration:read",), by_season=False,
        parts=(
            ("merged", "已合并", "merged"), ("waiting", "待复核", "waiting"),
            ("open", "待办理", "to be decided"), ("apart", "确为两人", "two people"),
            ("gone", "已失效", "came to nothing"),
        ),
        none_zh="没有这样的合并记录。", none="No merge is like that.",
    ),
    "cards": Listed(
        "待补社保卡", "Payouts that wait for a card", "subsidy", ("cards:write",),
        none_zh="没有因缺卡未发放的款项。", none="No payout waits for a card.",
    ),
    "suspense": Listed(
        "挂账（待确认款项）", "Money in suspense", "collection", ("collection:read",), by_season=False,
        none_zh="没有挂账款项。", none="No money is in suspense.",
    ),
    "channel_refunds": Listed(
        "原路退款", "Refunds by channels", "collection", ("collection:read",), by_season=False,
        parts=(
            ("processing", "办理中", "under way"), ("abnormal", "异常", "not carried out"),
            ("requested", "待核验", "to be cleared"), ("failed", "未办成", "failed"),
            ("closed", "已终止", "given up"), ("done", "已退", "done"),
        ),
        none_zh="没有原路退款。", none="No refund by a channel is there.",
    ),
    "files": Listed(
        "渠道对账单", "Files of channels", "collection", ("collection:write",), by_season=False,
        parts=(("all", "全部", "all"), ("refused", "有误未采用", "refused")),
        none_zh="没有对账单。", none="No file is there.",
    ),
    "days": Listed(
        "渠道日结", "Days of channels", "collection", ("collection:write",),
        parts=(
            ("open", "未核对清楚", "not explained"), ("explained", "待日结", "to be closed"),
            ("no_file", "缺对账单", "without a file"), ("closed", "已日结", "closed"), ("all", "全部", "all"),
        ),
        none_zh="没有这样的渠道日。", none="No day is like that.",
    ),
    "debits": Listed(
        "批量代扣", "Debits", "collection", ("collection:write",), by_season=False,
        parts=(("open", "未办结", "open"), ("all", "全部", "all")),
        none_zh="没有代扣批次。", none="No batch of debits is there.",
    ),
    "exchange": Listed(
        "征缴交换批次", "Exchange batches", "collection", ("exchange:read", "exchange:write"),
        parts=(("all", "全部", "all"), ("unanswered", "未全部回执", "not all answered")),
        none_zh="没有报送批次。", none="No batch is there.",
    ),
    "refunds": Listed(
        "退费", "Refunds", "subsidy", ("subsidy:read",), by_season=False,
        parts=(
            ("requested", "待审批", "to be approved"), ("approved", "已批准，待退款", "to be paid"),
            ("paid", "已退", "paid"), ("rejected", "未批准", "rejected"),
        ),
        none_zh="没有退费申请。", none="No refund is there.",
    ),
    "handovers": Listed(
        "移交与对账", "Handovers", "ledger", ("ledger:read",),
        parts=(
            ("all", "全部", "all"), ("unsigned", "待签字", "to be signed"),
            ("closable", "待封存", "to be sealed"),
        ),
    ),
    "debts": Listed(
        "渠道应划款项", "Owed by channels", "ledger", ("ledger:read",),
        none_zh="没有渠道收款。", none="No channel has taken anything.",
    ),
    "path": Listed("资金流转", "Steps of the money", "ledger", ("ledger:read",)),
    "match": Listed(
        "财政补助配套", "Fiscal match", "ledger", ("ledger:read",),
        none_zh="尚无配套结算。", none="Nothing was matched yet.",
    ),
    "applications": Listed(
        "资金申请", "Applications for money", "subsidy", ("subsidy:read",),
        none_zh="没有资金申请。", none="Nobody applied for money.",
    ),
    "payout_batches": Listed(
        "发放批次", "Batches of payouts", "subsidy", ("subsidy:read",),
        none_zh="没有发放批次。", none="No batch of payouts is there.",
    ),
    "arrivals": Listed(
        "资助资金到账", "Arrivals", "subsidy", ("subsidy:read",),
        none_zh="没有到账记录。", none="Nothing has arrived.",
    ),
    "verifications": Listed(
        "资助核定", "Rosters to verify", "subsidy", ("subsidy:read",),
        none_zh="该年度尚无资助花名册。", none="No roster is drawn in this season.",
    ),
    "helps": Listed(
        "社会资助", "Help by others", "registration", ("registration:read",),
        none_zh="没有社会资助到账。", none="No money of helpers has arrived.",
    ),
    "units": Listed(
        "单位名单", "Lists of units", "registration", ("units:write", "registration:read"),
        none_zh="该年度没有登记的单位。", none="No unit is registered in this season.",
    ),
    "periods": Listed(
        "会计期间", "Accounting months", "ledger", ("ledger:read",),
        none_zh="尚未记账。", none="Nothing is booked yet.",
    ),
    "townships": Listed(
        "各乡镇进度", "Townships", "registration", ("progress:read",),
        none_zh="该年度没有可统计的乡镇。", none="No township is counted in this season.",
    ),
    "bulletins": Listed(
        "通报", "Bulletins", "registration", ("progress:read",),
        parts=(
            ("draft", "待签发", "to be signed"), ("signed", "已签发", "signed"),
            ("refused", "未签发", "refused"),
        ),
        none_zh="没有通报。", none="No bulletin is there.",
    ),
    "scores": Listed(
        "考核表", "Score sheets", "registration", ("progress:read",),
        none_zh="该年度没有考核表。", none="There is no score sheet in this season.",
    ),
    "score_entries": Listed(
        "考核登记", "Entries of scores", "registration", ("scores:write",),
        parts=(
            ("waiting", "待复核", "waiting"), ("agreed", "已生效", "count"), ("refused", "已退回", "refused"),
            ("withdrawn", "已撤销", "withdrawn"),
        ),
        none_zh="没有这样的登记。", none="No entry is like that.",
    ),
    "lookups": Listed(
        "查询留痕", "Look-ups", "registration", ("audit:read",), by_season=False,
        parts=tuple((name, *SERVICE_NAMES[name]) for name in ASKED),
        none_zh="没有查询记录。", none="Nobody has looked anybody up.",
    ),
    "services": Listed("服务运行", "Services", "console", ("ops:read",), by_season=False),
    "channels": Listed(
        "渠道", "Channels", "collection", ("channels:write",), by_season=False,
        none_zh="没有启用的渠道。", none="No channel is in force.",
    ),
    "parked": Listed(
        "无法处理的通知", "Parked notifications", "collection", ("ops:read",), by_season=False,
        none_zh="没有搁置的通知。", none="Nothing is parked.",
    ),
    "subscriptions": Listed(
        "推送订阅", "Webhooks", "webhooks", ("webhooks:read",), by_season=False,
        none_zh="没有推送订阅。", none="Nobody is told of facts.",
    ),
}  # fmt: skip


def first_of(shown: int, count: int) -> tuple[str, str]:
    """What is said above a table that shows the first of many lines; nothing where it shows all."""
    if count <= shown:
        return "", ""
    return f"共 {count:,} 行，显示前 {shown} 行。", f"The first {shown} of {count:,} lines."


def words(zh: str, en: str | None = None, *, warn: bool = False, page: str = "") -> Cell:
    """A cell of words; the same in both languages where only one is given."""
    return Cell(zh=zh, en=en, warn=warn, page=page)


def number(count: int | None, *, warn: bool = False, page: str = "") -> Cell:
    """A cell with a count, in groups of three; a warning only where there is something to count."""
    return Cell(
        zh="" if count is None else f"{count:,}", warn=warn and bool(count), page=page if count else ""
    )


def money(fen: int | None, *, warn: bool = False) -> Cell:
    """A cell with an amount; a warning only where there is any."""
    return Cell(fen=fen, warn=warn and bool(fen))


def day(on: date | datetime | None, *, warn: bool = False) -> Cell:
    """A cell with a day."""
    return Cell(on=on, warn=warn and on is not None)


def share(part: int | None, whole: int | None) -> Cell:
    """A cell with a share and its bar; empty where nobody can say it."""
    return Cell(part=part, whole=whole) if part is not None and whole else Cell()


def oldest(days: Iterable[datetime | None]) -> datetime | None:
    """The first instant of those that are known."""
    return min((at for at in days if at is not None), default=None)
