"""Each row of the list of features about linking has a test here, which says so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from portal.launch.settings import ROOT

FEATURES = ROOT.parent / "shared" / "features.md"
HERE = Path(__file__).parent


@pytest.mark.skipif(not FEATURES.exists(), reason="the list of features lies beside the project and was not handed on with it")
def test_each_row_about_linking_has_an_end_to_end_test() -> None:
    rows = re.findall(r"^\| (L\d\d) \|", FEATURES.read_text(), re.MULTILINE)
    assert len(rows) >= 16
    assert [row for row in rows if row not in _told()] == []


def _told() -> set[str]:
    """The rows that the docstrings of the tests name."""
    trees = (ast.parse(file.read_text()) for file in HERE.glob("test_*.py"))
    tests = (node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
    return {row for test in tests for row in re.findall(r"\bL\d\d\b", ast.get_docstring(test) or "")}
