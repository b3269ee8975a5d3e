"""Connections to providers: signing in, keeping the sign-in, knowing whether it holds."""
