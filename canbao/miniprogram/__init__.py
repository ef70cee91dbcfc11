"""A mini-program to try and to copy: what a payer sees from "what do I owe" to the voucher, by the API alone.

Files in reading order: `schemas` (what it reads of the answers), `backend` (what it asks), `wallet` (who pays
in the demo), `visits` (who is at it), `app` (the pages), `serving` (how it is put together).
"""
