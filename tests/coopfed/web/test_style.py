"""The style sheet: readable in light and in dark."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[3] / "coopfed" / "web"
CSS = (WEB / "static" / "coopfed.css").read_text()
MINIMUM = 4.5


def colours(block: str) -> dict[str, str]:
    """The variables of a block."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


LIGHT = colours(CSS.partition("@media")[0])
DARK = LIGHT | colours(CSS.partition("@media (prefers-color-scheme: dark)")[2].partition("\n}\n")[0])


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, *relative luminance*."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio. Source: WCAG 2.2, *contrast ratio*."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: dict[str, str]) -> None:
    """WCAG 1.4.3: at least 4.5:1."""
    pairs = [(text, ground) for text in ("text", "quiet", "link") for ground in ("ground", "paper")]
    pairs += [("notice-text", "notice")]
    white = [(f"tint-{number}", "#ffffff") for number in range(6)]

    ratios = {(text, ground): contrast(scheme[text], scheme[ground]) for text, ground in pairs}
    ratios |= {(tint, ground): contrast(scheme[tint], ground) for tint, ground in white}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < MINIMUM} == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_can_be_seen(scheme: dict[str, str]) -> None:
    """WCAG 1.4.11, 2.4.7: the ring has the colour of links, at least 3:1."""
    assert ":focus-visible { outline: 3px solid var(--link)" in CSS
    assert min(contrast(scheme["link"], scheme[ground]) for ground in ("ground", "paper")) >= 3


def test_the_contrast_is_computed_as_the_guidelines_do() -> None:
    """Black on white is 21:1; #767676 is the lightest grey that can be read on white."""
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast("#767676", "#ffffff") >= MINIMUM > contrast("#777777", "#ffffff")


def test_every_colour_is_a_variable_of_both_schemes() -> None:
    """A colour set in one place only would be forgotten in the other scheme."""
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)

    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) <= {"#ffffff"}
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= set(LIGHT)


def test_nothing_is_asked_of_another_host() -> None:
    """Design 20: no third-party requests."""
    addresses = re.findall(r"(?:url\(|@import\s+)[\"']?([^\"')]+)", CSS)

    assert addresses == ["header.svg"]
    for template in (WEB / "templates").glob("*.html"):
        assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", template.read_text()), template.name
