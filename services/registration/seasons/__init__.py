"""The opening of a season: everybody who was insured the year before is enrolled for the new one."""
