"""What finance enters under the numbers of papers, and what two persons took back of it."""
