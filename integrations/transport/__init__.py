"""The only part that speaks HTTP. Plain Python on httpx: it learns everything else from its arguments."""
