"""What villages took, handed in and checked as a whole: paper, file and money are one, step by step."""
