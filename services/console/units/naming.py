"""What pages of units call the states of people, lines and orders."""

from services.console.worklists.naming import Names

STATES: Names = {
    "registered": ("已登记，待核定", "registered, not assessed yet"),
    "assessed": ("待缴费", "to be paid"),
    "paid": ("已缴费", "paid"),
    "exempt": ("免缴", "exempt"),
    "cancelled": ("登记已取消", "cancelled"),
    "withdrawn": ("参保已撤销", "withdrawn"),
}
RESULTS: Names = {
    "registered": ("新登记并参保", "registered and enrolled"),
    "enrolled": ("已在册，办理参保", "on record, enrolled"),
    "listed": ("已参保，列入名单", "enrolled already, listed"),
    "kept": ("原在名单", "was on the list"),
}
TROUBLES: Names = {
    "on_two_lists": ("同时在其他单位名单", "another unit lists them, too"),
    "paid_before": ("列入名单前已缴费", "was paid for before"),
}
ORDERS: Names = {
    "pending": ("待付款", "waits for the money"),
    "paid": ("已付款", "paid"),
    "cancelled": ("已撤销", "cancelled"),
    "expired": ("已过期", "expired"),
}
LINES: Names = {
    "applied": ("已入账", "applied"),
    "suspended": ("挂账", "in suspense"),
    "refunded": ("已退", "given back"),
}
