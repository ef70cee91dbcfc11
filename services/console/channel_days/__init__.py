"""One day of a channel: what each side has of it, what differs, and closing it."""
