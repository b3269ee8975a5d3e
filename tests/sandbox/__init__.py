"""The stand-in for the providers, over HTTP as everybody sees it."""
