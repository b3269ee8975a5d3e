"""The contracts that vendors published. They lie beside the repository, where they are: what needs them is skipped elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from integrations.catalogue.swagger import Contract
from integrations.providers import all_providers

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
CONTRACTS = {
    name: Contract(json.loads(file.read_text(encoding="utf-8")))
    for name in all_providers()
    if (file := SPECS / f"{name}.swagger.json").is_file()
}
PUBLISHED = [provider for name, provider in all_providers().items() if name in CONTRACTS]
