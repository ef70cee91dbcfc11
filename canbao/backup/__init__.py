"""Backups: takes them, proves them, and restores them into what is empty."""
