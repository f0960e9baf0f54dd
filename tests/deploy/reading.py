"""Small readers for the files of deploy/: units, environments, brace configurations, and the part of YAML that compose.yaml uses.

They refuse what they do not know: a file that outgrows them is noticed, not misread.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

Unit = dict[str, dict[str, list[str]]]


def unit(path: Path) -> Unit:
    """A systemd unit: sections with their keys; a key that comes again has several values."""
    sections: Unit = {}
    keys: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith(("#", ";")):
            continue
        if line.startswith("["):
            keys = sections.setdefault(line.strip("[]"), {})
            continue
        name, equals, value = line.partition("=")
        assert equals, f"{path.name}: {line!r}"
        keys.setdefault(name, []).append(value)
    return sections


def environment(path: Path, *, all_of_it: bool = False) -> dict[str, str]:
    """NAME=value lines; with `all_of_it` also those that are commented out."""
    found = {}
    for line in path.read_text().splitlines():
        shown = line.removeprefix("#") if all_of_it and re.match(r"#COOPFED_\w+=", line) else line
        if shown.strip() and not shown.startswith("#"):
            name, equals, value = shown.partition("=")
            assert equals, line
            (found[name],) = shlex.split(value)
    return found


@dataclass
class Directive:
    """A word with its arguments, and what stands in its braces."""

    words: list[str]
    inside: list["Directive"] = field(default_factory=list)

    def all(self, *path: str) -> list["Directive"]:
        """The directives below, by the first words of the way to them."""
        found = [one for one in self.inside if one.words[:1] == [path[0]]]
        return found if len(path) == 1 else [deeper for one in found for deeper in one.all(*path[1:])]

    def one(self, *path: str) -> list[str]:
        """The arguments of the only such directive."""
        (found,) = self.all(*path)
        return found.words[1:]


def nginx(path: Path) -> Directive:
    """An nginx configuration: directives end with a semicolon or have braces."""
    text = re.sub(r"(?m)#.*$", "", path.read_text())
    top = Directive([])
    stack, words = [top], list[str]()
    for token in re.findall(r'"[^"]*"|[{};]|[^\s{};]+', text):
        if token == ";":
            stack[-1].inside.append(Directive(words))
            words = []
        elif token == "{":
            stack[-1].inside.append(Directive(words))
            stack.append(stack[-1].inside[-1])
            words = []
        elif token == "}":
            assert not words, f"{path.name}: a semicolon is missing after {words}"
            stack.pop()
        else:
            words.append(token)
    assert stack == [top], f"{path.name}: braces"
    return top


def caddyfile(path: Path) -> Directive:
    """A Caddyfile: a directive a line, braces at the end of it."""
    top = Directive([])
    stack = [top]
    for line in path.read_text().splitlines():
        words = line.partition(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        if words == ["}"]:
            stack.pop()
            continue
        opens = words[-1] == "{"
        stack[-1].inside.append(Directive(words[:-1] if opens else words))
        if opens:
            stack.append(stack[-1].inside[-1])
    assert stack == [top], f"{path.name}: braces"
    return top


def dockerfile(path: Path) -> list[tuple[str, str]]:
    """Instructions with their arguments, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", path.read_text()).replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            assert re.fullmatch(
                "FROM|ARG|WORKDIR|RUN|ENV|COPY|USER|VOLUME|EXPOSE|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD", name
            )
            found.append((name, " ".join(rest.split())))
    return found


def yaml(path: Path) -> Any:
    """Maps and lists by indentation, lists in brackets, plain and double-quoted words; no anchors, no multi-line text."""
    lines = []
    for line in path.read_text().splitlines():
        shown = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if shown:
            assert "\t" not in shown, line
            lines.append((len(shown) - len(shown.lstrip()), shown.strip()))
    found, rest = _block(lines, 0)
    assert not rest, rest[:1]
    return found


Lines = list[tuple[int, str]]


def _block(lines: Lines, indent: int) -> tuple[Any, Lines]:
    return _list(lines, indent) if lines[0][1].startswith("- ") else _map(lines, indent)


def _map(lines: Lines, indent: int) -> tuple[dict[str, Any], Lines]:
    found: dict[str, Any] = {}
    while lines and lines[0][0] == indent:
        match = re.fullmatch(r"([\w.-]+):(?: (.*))?", lines[0][1])
        assert match is not None, lines[0]
        assert match[1] not in found, f"{match[1]} comes twice"
        lines = lines[1:]
        if match[2] is not None:
            found[match[1]] = _scalar(match[2])
        else:
            assert lines[0][0] > indent, match[1]
            found[match[1]], lines = _block(lines, lines[0][0])
    return found, lines


def _list(lines: Lines, indent: int) -> tuple[list[Any], Lines]:
    found: list[Any] = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        item = lines[0][1][2:]
        if re.fullmatch(r"[\w.-]+: .*", item):
            name, _, value = item.partition(": ")
            found.append({name: _scalar(value)})
        else:
            found.append(_scalar(item))
        lines = lines[1:]
    return found, lines


def _scalar(text: str) -> Any:
    if text.startswith("["):
        assert text.endswith("]"), text
        return [_scalar(part.strip()) for part in text[1:-1].split(",")]
    if text == "{}":
        return {}
    if text.startswith('"'):
        assert text.endswith('"'), text
        return text[1:-1]
    assert not text.startswith(("&", "*", "|", ">", "'", "!", "{")), text
    return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)


def words_of_commands(text: str) -> Iterator[list[str]]:
    """Every `coopfed …` command in a text of instructions: its words after `coopfed`, up to the end of the command."""
    for line in text.splitlines():
        for match in re.finditer(r"(?<![\w/@.:=-])coopfed((?: [^\s`;|&#]+)*)", line):
            yield match[1].split()
