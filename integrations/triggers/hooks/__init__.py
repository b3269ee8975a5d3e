"""The fast way: providers that tell of changes by webhooks. Whatever they say only brings a look forward; the poll stays the truth."""
