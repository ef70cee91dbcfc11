"""Agreements by which a bank debits an account: how one may end."""

from typing import Literal

#: requested: its holder or an officer; account_closed: the bank says the account is no more; merged: nobody
#: is left whom it pays for, because another mandate pays for the same person; erased: nor is anybody known.
MandateEnd = Literal["requested", "account_closed", "merged", "erased"]
