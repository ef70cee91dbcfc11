"""Lapsed years that people repaired: what collection told of the money, and what of it counts."""
