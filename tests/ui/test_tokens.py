"""Words and controls can be told from their grounds by everybody: WCAG 2.2, level AA, in both themes."""

from __future__ import annotations

from itertools import product

import pytest

from portal.ui.styleguide import colours

STATES = ("ok", "working", "attention", "failed", "neutral")
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "accent-soft")
WORDS = [
    *product(("ink", "ink-soft"), (*GROUNDS, *(f"{state}-soft" for state in STATES), "right-soft")),
    *product(("ink-faint",), ("canvas", "surface", "raised", "sunken", "hover", "accent-soft")),
    *product(("accent", "accent-strong"), ("canvas", "surface", "raised", "hover", "accent-soft")),
    *((state, f"{state}-soft") for state in STATES),
    *product(STATES, ("surface", "raised", "canvas")),
    ("right", "right-soft"),
    ("failed-strong", "failed-soft"),
    *product(("on-accent",), ("accent", "accent-strong")),
    *product(("on-failed",), ("failed", "failed-strong")),
    ("canvas", "ink"),
]
CONTROLS = [
    *product(("control-line", "focus", "left", "right"), ("canvas", "surface", "raised")),
    *((state, f"{state}-soft") for state in STATES),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), WORDS)
def test_words_stand_out_from_their_ground(words: str, ground: str, theme: int) -> None:
    assert contrast(colours()[words][theme], colours()[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("control", "ground"), CONTROLS)
def test_controls_stand_out_from_their_ground(control: str, ground: str, theme: int) -> None:
    assert contrast(colours()[control][theme], colours()[ground][theme]) >= 3


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
