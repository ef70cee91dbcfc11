"""What files change, or would change, kept row by row and told before a dry run is applied."""
