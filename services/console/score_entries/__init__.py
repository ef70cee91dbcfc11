"""Entries that scores rest on: agreed to or refused by a second person, or withdrawn."""
