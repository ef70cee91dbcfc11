"""Receipts and certificates: what a payer gets as proof, and whether a printed one is genuine and stands."""
