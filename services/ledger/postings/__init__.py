"""How facts become postings."""
