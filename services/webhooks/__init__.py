"""Tells addresses of others what happened: signed, in order for each person, until it is taken."""
