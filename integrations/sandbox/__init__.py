"""A server that stands in for Hubstaff, its sign-in, timeghost and Microsoft Entra ID. It speaks only HTTP."""
