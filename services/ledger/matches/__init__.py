"""What finance adds for everybody who counts, by level of government: owed, arrived, and matched anew."""
