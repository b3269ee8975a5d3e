"""Plays Hubstaff's API, version 2: https://api.hubstaff.com/v2/docs."""
