"""A folder of providers beside the portal's own, as `PROVIDER_FOLDERS` may name it."""
