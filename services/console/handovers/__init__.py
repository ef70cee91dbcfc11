"""Handovers as pages: totals, papers of all parties beside each other, own figures, signatures, the seal."""
