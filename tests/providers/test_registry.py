"""Providers are found by looking what folders there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.providers import UnknownProvider, all_providers, get_provider


@pytest.fixture(autouse=True)
def looked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    all_providers.cache_clear()
    yield
    monkeypatch.undo()
    all_providers.cache_clear()


def test_every_folder_beside_the_registry_is_a_provider() -> None:
    import integrations.providers as registry

    folders = {file.parent.name for file in Path(str(registry.__file__)).parent.glob("*/__init__.py")}
    assert set(all_providers()) == folders
    assert all(get_provider(name).name == name for name in folders)


def test_they_come_in_the_order_of_their_labels() -> None:
    labels = [provider.label.lower() for provider in all_providers().values()]
    assert labels == sorted(labels)


def test_a_provider_without_a_folder_is_unknown() -> None:
    with pytest.raises(UnknownProvider):
        get_provider("paperclock")


@pytest.mark.parametrize("folders", ["tests.providers.folder", " tests.providers.folder , ", ",tests.providers.folder"])
def test_further_folders_may_be_named(monkeypatch: pytest.MonkeyPatch, folders: str) -> None:
    monkeypatch.setenv("PROVIDER_FOLDERS", folders)
    assert get_provider("paperclock").label == "Paperclock"


def test_a_folder_that_declares_no_provider_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "more_providers" / "notes").mkdir(parents=True)
    for folder in ("more_providers", "more_providers/notes"):
        (tmp_path / folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PROVIDER_FOLDERS", "more_providers")
    assert "notes" not in all_providers()
