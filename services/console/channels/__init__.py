"""Channels for whoever runs the system: how each signs, its secrets, what was refused, and trying it."""
