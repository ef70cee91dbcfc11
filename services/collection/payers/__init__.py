"""To whom a channel may pay for, and who is whose family."""
