"""Files about money that a service reads at once: sent from a page, with what became of their rows."""
