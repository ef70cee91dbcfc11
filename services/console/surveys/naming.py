"""How somebody was asked and on which list somebody stands, in both languages."""

from services.console.worklists.naming import Names

MEANS: Names = {
    "visit": ("入户", "at the door"),
    "phone": ("电话", "by telephone"),
    "message": ("短信、微信", "by message"),
    "other": ("其他", "otherwise"),
}
LISTS: Names = {
    "unpaid": ("未缴费", "not paid"),
    "paid": ("已缴费", "paid"),
    "exempt": ("免缴", "exempt"),
    "excluded": ("不在应参保之列", "not to be insured here"),
}
