"""The sandbox's own switches and back door."""
