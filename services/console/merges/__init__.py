"""Merges: which records turned out to be one person, and proposing that two are."""
