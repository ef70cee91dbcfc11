"""What people owe, where the money stands, and what is handed over at each deadline."""
