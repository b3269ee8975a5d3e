"""Plays the two places where a person signs in: Hubstaff Account and Microsoft Entra ID."""
