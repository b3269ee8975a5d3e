"""Plays the timeghost API: https://learn.microsoft.com/connectors/timeghostio/."""
