"""Addresses that are told of facts: how each answers, a test of it, and telling it again."""
