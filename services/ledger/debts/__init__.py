"""What channels took and have not paid in yet, day by day, and which slips paid which days."""
