"""What each enrollment owes, and how assessments, cancellations and payments change it."""
