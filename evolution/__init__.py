"""The ratchet: rounds of a quality-diversity search, each champion against all its ancestors."""
