"""Channels as operators see them: how each signs, what came of what it sent, and of trying it."""
