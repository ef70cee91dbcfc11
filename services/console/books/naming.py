"""What happens to numbers of paper, and what that does."""

from services.console.worklists.naming import Names

KINDS: Names = {
    "received": ("领入", "received"),
    "handed_on": ("下发", "handed on"),
    "returned": ("交回", "returned"),
    "void": ("作废", "void"),
    "lost": ("遗失", "lost"),
    "found": ("找回", "found"),
    "restored": ("撤销作废", "void taken back"),
    "written_off": ("核销", "written off"),
}
#: What the forms are called.
TITLES: Names = {
    "handed_on": ("下发票据", "Hand paper on"),
    "returned": ("交回空白票据", "Return blank paper"),
    "void": ("登记作废", "Declare void"),
    "lost": ("登记遗失", "Declare lost"),
    "found": ("登记找回", "Declare found"),
    "restored": ("撤销作废", "Take back a declaration of void"),
}
EFFECTS: Names = {
    "received": ("记入库存，可以逐级下发。", "They are in stock, and can be handed on."),
    "handed_on": (
        "由接收方保管；收缴点从该时间起可以使用。",
        "Whoever gets them has them; a collector may use them from that instant on.",
    ),
    "returned": (
        "原持有人不能再使用，接收机构可以重新下发。",
        "Who had them may use them no more; the office may hand them on again.",
    ),
    "void": (
        "这些号码不能再用于收款；登记有误的可以撤销作废。",
        "They serve for no money any more; what was declared wrongly can be taken back.",
    ),
    "lost": (
        "列为待办事项“票据遗失”，直至找回或由两人公告作废；这些号码再出现在收据上的，先暂缓入账。",
        "They are a case until they are found, or declared invalid by two; money on a receipt that bears one "
        "is held.",
    ),
    "found": ("恢复在手，可以使用；票据遗失的待办事项办结。", "They are in hand again, and the case ends."),
    "restored": ("恢复在手，可以使用。", "They are in hand again."),
}
