"""Written-off paper: used and void numbers that are done with, by the notice of a county."""
