"""The states of an enrollment, and which one follows from what completes it; SQL takes them from here."""

from typing import Literal, get_args

State = Literal["registered", "assessed", "paid", "exempt", "cancelled", "withdrawn"]
#: Why an enrollment was cancelled; what an officer wrote about it lies apart from that, sealed.
CancelReason = Literal["officer", "died", "merged"]

STATES: tuple[str, ...] = get_args(State)
#: What is owed can still change.
OPEN = ("registered", "assessed")
#: Paid, or covered in full by a grant.
COMPLETE = ("paid", "exempt")
ACTIVE = OPEN + COMPLETE
#: Ended: before it was complete (cancelled), or by an officer's decision after that (withdrawn).
ENDED = ("cancelled", "withdrawn")


def state_after(before: State, *, paid: bool, granted: bool) -> State:
    """The state, when a payment or a completing grant stands or neither does any more.

    A payment counts whatever else was said, because money has come in, until an officer withdraws the cover;
    a grant does not undo a cancellation. A test holds the statement that does this for many to it.
    """
    if before == "withdrawn":
        return "withdrawn"
    if paid:
        return "paid"
    if before == "cancelled":
        return "cancelled"
    if granted:
        return "exempt"
    return "assessed" if before in COMPLETE else before
