"""What channels keep of the money that they took, as their fee: who bears it owes it to the fund."""
