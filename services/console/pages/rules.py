"""How a page says things: its language, amounts, days, and what is called how."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeVar

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_grouped
from libs.common.security.scopes import ROLES

Said = TypeVar("Said")

LANGUAGE_COOKIE = "canbao_language"
LANGUAGES = ("zh", "en")

ROLE_NAMES: Mapping[str, tuple[str, str]] = {
    "village_agent": ("村（社区）协办员", "Village agent"),
    "bank_counter": ("银行柜面人员", "Bank counter"),
    "township_officer": ("乡镇经办人员", "Township officer"),
    "medical_insurance_officer": ("医保局经办人员", "Medical insurance officer"),
    "department_officer": ("部门经办人员", "Department officer"),
    "tax_officer": ("税务局经办人员", "Tax officer"),
    "finance_officer": ("财政局经办人员", "Finance officer"),
    "leader": ("领导小组", "Leading group"),
    "score_officer": ("绩效考核人员", "Score officer"),
    "auditor": ("审计人员", "Auditor"),
    "unit_clerk": ("单位经办人员", "Unit clerk"),
    "operator": ("系统运维人员", "Operator"),
}
SERVICE_NAMES: Mapping[str, tuple[str, str]] = {
    "registration": ("参保登记", "Registration"),
    "collection": ("收缴", "Collection"),
    "subsidy": ("资助", "Subsidy"),
    "ledger": ("总账", "Ledger"),
    "webhooks": ("推送", "Webhooks"),
    "console": ("工作台", "Console"),
}
#: With any of these scopes there is some kind of file to send.
_SENDS = {
    *("registration:write", "cash:write", "collection:write", "subsidy:write", "subsidy:approve"),
    *("ledger:write", "ledger:sign", "units:write"),
}
#: What was done, by the code that the next page is given.
DONE: Mapping[str, tuple[str, str]] = {
    "decided": ("已办理，决定立即生效。", "It is decided, and has taken effect."),
    "asked": ("已提交，等待第二人复核；复核前不生效。", "It is asked for, and waits for a second person."),
    "seen": ("已确认知悉。预警在原因消除后自动解除。", "It is on record that you have seen the alert."),
    "approved": ("已同意，并已执行。", "You agreed, and it is carried out."),
    "rejected": ("已退回，没有执行。", "You refused, and nothing was done."),
    "reported": ("更正单已报送医保局，结果将显示在此人页面。", "The error is reported to the bureau."),
    "corrected": ("历年参保记录已更正。", "The year is corrected."),
    "resolved": ("更正单已办结，信息已更正。", "The error is mended."),
    "refused": ("已告知报送人不予更正及原因。", "The report is refused; who reported it sees why."),
    "withdrawn": ("更正单已撤回。", "The report is taken back."),
    "refund": (
        "退费已申请，等待第二人审批；审批前不退款。",
        "The refund is asked for, and waits for a second person.",
    ),
    "matched": (
        "划款凭证已改配，原匹配留存备查。",
        "The slip is matched; what it was before stays on record.",
    ),
    "drafted": (
        "通报已起草，等待领导小组签发。",
        "The bulletin is drafted, and waits for the leading group.",
    ),
    "bulletin_signed": ("通报已签发，各乡镇可以查看。", "The bulletin is signed; townships see it."),
    "bulletin_refused": ("通报已退回，同期可重新起草。", "The draft is refused; another may be drafted."),
    "frozen": (
        "考核表已冻结，等待另一名考核人员签认。",
        "The sheet is frozen, and waits to be signed.",
    ),
    "sheet_signed": ("考核表已签认定稿。", "The sheet is signed, and final."),
    "sheet_refused": ("考核表已退回，可重新提请。", "It is sent back, and can be frozen again."),
    "tried": ("已测试，结果见下。", "It was tried; what came of it stands below."),
    "requeued": (
        "已重新排队，随即再次匹配；仍失败的重新搁置。",
        "It is queued again, and is matched in a moment; what fails is parked anew.",
    ),
    "not_parked": (
        "该通知已不在搁置之列，可能已由他人再试。",
        "It is parked no more: somebody may have had it tried again.",
    ),
    "retired": ("密钥已停用。", "The secret is believed no more."),
    "sealed": ("移交已封存，各方可签认移交单。", "It is sealed; its parties may sign their papers."),
    "figures": ("本部门数据已填报，核对结果见下。", "The figures are kept; where they differ stands below."),
    "paper_signed": ("移交单已签认定稿。", "The paper is signed, and frozen."),
    "day_closed": ("渠道当日已日结。", "The day of the channel is closed."),
    "verified": ("已办理。", "It is decided."),
    "verified_some": (
        "部分人员已办理；有争议、已收回或状态已变的未办理，仍列在原状态。",
        "Some are decided; those with a case, a changed state or help taken back stay as they are.",
    ),
    "drawn": ("花名册已生成。", "The rosters are drawn."),
    "nothing_new": ("没有新增的资助，未生成花名册。", "No help is new: no roster was drawn."),
    "applied": ("款项已入账。", "The money is applied."),
    "locked": ("已停用，该用户已退出登录。", "Locked; whoever it is has been signed out."),
    "unlocked": ("已启用，该用户可重新登录。", "Unlocked: the user may sign in again."),
    "sessions_ended": (
        "已结束其全部会话，须重新登录。",
        "All sessions are ended: whoever it is signs in again.",
    ),
    "none": ("请先勾选要办理的行。", "Tick the rows first."),
    "asked_there": ("入户情况已记录。", "What was said and done is written down."),
    "received": ("收款已登记。", "The money is recorded."),
    "importing": ("已提交正式导入，离开本页不影响处理。", "It is being imported; you may leave this page."),
    "submitted": ("批次已交审。", "The batch is handed in."),
    "discarded": ("批次已作废，收据可编入其他批次。", "The batch is given up; its receipts are free."),
    "added": ("收据已编入批次。", "The receipts are in the batch."),
    "mended": (
        "明细已更正，请核对后重新交审。",
        "The line is mended; hand the batch in again.",
    ),
    "batch_made": ("批次已编制，核对明细后交审。", "The batch is made: look at its lines, then hand it in."),
    "batch_passed": ("已通过，批次转入下一步。", "You passed it, and it goes on."),
    "batch_returned": ("已退回村，由村级更正。", "It is sent back to the village to be mended."),
    "deposited": (
        "解款已登记，可添加存款单照片。",
        "The deposit is recorded; photos of its slip can be added.",
    ),
    "added_to_slip": ("收据已列入该笔解款。", "The receipts are on the slip."),
    "deposit_withdrawn": (
        "解款已撤销，收据恢复为在手。",
        "It is taken back; its receipts are in hand again.",
    ),
    "photo": ("照片已保存。", "The photo is kept."),
    "order_cancelled": ("订单已撤销，人员可另行缴费。", "It is given up; its people may pay otherwise."),
    "issued": ("已开具，可打印。", "It is issued, and can be printed."),
    "receipt_issued": ("单位票据已开具。", "The receipt is issued."),
    "funds_applied": (
        "资金已申请，等待财政局确认。",
        "The money is applied for, and waits for finance.",
    ),
    "funds_confirmed": ("资金情况已确认。", "It is on record how much there is."),
    "payouts_made": (
        "发放批次已制作，等待第二人复核；复核前不能导出银行文件。",
        "The batch is made, and waits for a second person.",
    ),
    "month_locked": ("会计期间已锁定，不再记账。", "The month is locked: nothing more is booked in it."),
    "paper_received": ("票据已领入库存。", "The paper is in stock."),
    "paper_handed_on": ("票据已下发。", "The paper is handed on."),
    "paper_returned": ("空白票据已交回。", "The blank paper is returned."),
    "paper_void": ("已登记作废。", "The numbers are void."),
    "paper_lost": (
        "已登记遗失，列为待办事项，直至找回或公告作废。",
        "They are lost, and a case until they are found or declared invalid.",
    ),
    "paper_found": ("已登记找回，恢复在手。", "They are found, and in hand again."),
    "paper_restored": ("已撤销作废，恢复在手。", "They are void no more, and in hand again."),
    "card_recorded": (
        "社保卡已登记，因缺卡等待的款项转为待发放。",
        "The card is on record; payouts that waited for it are ready.",
    ),
    "card_held": (
        "社保卡已登记；户名不是本人，经两人核准前不发放。",
        "The card is on record; its holder is somebody else: no money goes there until two accept it.",
    ),
    "card_waits": ("社保卡已保存，此人核定后生效。", "The card is kept until the person is assessed."),
    "card_unchanged": ("与已登记的社保卡相同，未作改动。", "It was on record already: nothing has changed."),
    "account_recorded": (
        "单位账户已登记，因无账户等待的款项转为待发放。",
        "The account is on record; payouts that waited for it are ready.",
    ),
    "account_unchanged": ("与已登记的账户相同，未作改动。", "It was on record already: nothing has changed."),
    "undone": ("收款登记已冲正，票据可重新登记。", "The receipt is taken back; its paper is free."),
}


def amount(fen: int) -> tuple[str, str]:
    """An amount with two decimals, in both languages."""
    return f"{yuan_grouped(fen)} 元", f"¥{yuan_grouped(fen)}"


def minute(instant: datetime) -> str:
    """An instant to the minute, in China."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


class Words:
    """Chooses between the two languages."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]

    def __call__(self, chinese: Said, english: Said) -> Said:
        """Say it, or what is told in each, in the language of the page."""
        return chinese if self.language == "zh" else english

    def named(self, names: Mapping[str, tuple[str, str]], code: str) -> str:
        """What a code is called; a code without a name stays as it is."""
        return self(*names[code]) if code in names else code

    def role(self, code: str) -> str:
        """What a role is called."""
        return self.named(ROLE_NAMES, code)

    def service(self, code: str) -> str:
        """What a service is called."""
        return self.named(SERVICE_NAMES, code)

    def may(self, role: str, scope: str) -> bool:
        """Whether a role carries a scope: a page offers nothing that would be refused."""
        return scope in ROLES[role]

    def sends(self, role: str) -> bool:
        """Whether a role sends files of some kind."""
        return bool(set(ROLES[role]) & _SENDS)

    def finds(self, role: str) -> bool:
        """Whether a role finds anybody: by number or paper, or in the list of a village."""
        return self.may(role, "registration:read") or self.may(role, "survey:read")

    def serves(self, role: str) -> bool:
        """Whether a role finds by number and name whose money it takes, and has no list to go through."""
        return self.may(role, "orders:write") and self.may(role, "cash:write") and not self.finds(role)

    def yuan(self, fen: int) -> str:
        """An amount with two decimals."""
        return self(*amount(fen))

    def percent(self, part: int, whole: int) -> str:
        """A share with two decimals, the rest cut off, as bulletins have it."""
        return percent(part, whole)

    def date(self, on: date | datetime) -> str:
        """A day, or the day of an instant."""
        return self.day(on) if isinstance(on, datetime) else on.isoformat()

    def day(self, instant: datetime) -> str:
        """The day of an instant, in China."""
        return instant.astimezone(SHANGHAI).date().isoformat()

    def minute(self, instant: datetime) -> str:
        """An instant to the minute, in China."""
        return minute(instant)

    def done(self, code: str) -> str:
        """What was done, in one sentence; nothing for a code that is none of ours."""
        return self(*DONE[code]) if code in DONE else ""


def percent(part: int, whole: int) -> str:
    """A share with two decimals, the rest cut off, as bulletins have it."""
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def to_root(path: str) -> str:
    """The way from a page to the first one. A proxy may have put the console below any prefix."""
    return "../" * (path.count("/") - 1) or "./"
