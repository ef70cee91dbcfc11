"""Plays random lives of small counties through the real services, and compares them with a model."""
