"""Money taken by hand: who takes it, what was taken, and until when it may stay in hand."""
