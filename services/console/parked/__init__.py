"""Notifications that the matcher set aside: what is known of each, and having it tried again."""
