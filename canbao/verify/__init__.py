"""Recomputes what the services hold from the stored events, compares, and lists what differs."""
