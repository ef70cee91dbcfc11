"""Makes any text one that PostgreSQL holds."""


def storable(text: str) -> str:
    """Show by a mark what no text of the database holds: NUL, halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
