"""Books of numbered paper: a range of numbers with its story, and the forms that move it."""
