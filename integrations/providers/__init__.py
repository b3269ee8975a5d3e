"""The providers that there are: every folder beside this file whose package has a `provider`.

Adding one is adding its folder. `PROVIDER_FOLDERS` may name further packages to look in (the tests use it).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from functools import cache

from integrations.catalogue import Provider

EXTRA_FOLDERS_VARIABLE = "PROVIDER_FOLDERS"


class UnknownProvider(LookupError):
    """No folder declares a provider of this name."""


@cache
def all_providers() -> dict[str, Provider]:
    """Every declared provider by its name, in alphabetical order."""
    extra = [name.strip() for name in os.environ.get(EXTRA_FOLDERS_VARIABLE, "").split(",")]
    packages = [__name__, *filter(None, extra)]
    found = [provider for package in packages for provider in _providers_in(package)]
    return {provider.name: provider for provider in sorted(found, key=lambda provider: provider.label.lower())}


def get_provider(name: str) -> Provider:
    """The provider of that name. Raises `UnknownProvider`, for instance for a connection whose provider's folder was removed."""
    try:
        return all_providers()[name]
    except KeyError:
        raise UnknownProvider(name) from None


def _providers_in(package: str) -> list[Provider]:
    folder = importlib.import_module(package)
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folder.__path__) if found.ispkg]
    return [module.provider for module in modules if hasattr(module, "provider")]
