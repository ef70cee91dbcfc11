"""What people of a village answered at the door, and what comes next, written down from the list."""
