"""Pages of auditors: who looked whom up, what a payment and a posting rest on, and whether seals hold."""
