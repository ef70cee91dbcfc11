"""Files that banks are given and answer with, laid out by profiles: payouts to cards, debits of accounts."""
