"""What the codes of subscriptions and deliveries are called."""

from services.console.worklists.naming import Names

PAUSES: Names = {
    "failing": ("长时间推送失败，已自动暂停", "paused: nothing was taken for long"),
    "gone": ("接收方答复不再接收（410），已自动暂停", "paused: the receiver wants nothing more (410)"),
}
DELIVERIES: Names = {
    "waiting": ("待推送", "waits"),
    "taken": ("已送达", "taken"),
    "given_up": ("已放弃", "given up"),
}
