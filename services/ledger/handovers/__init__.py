"""What is handed over at each deadline of a notice."""
