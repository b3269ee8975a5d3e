"""Makes a lifelike, repeatable world to begin with."""
