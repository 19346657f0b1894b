"""Text whose characters know where in their source they stood, through all that is taken out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traced:
    """``origins[n]`` is where in the source the character ``text[n]`` stood."""

    text: str
    origins: tuple[int, ...]

    @classmethod
    def of(cls, source: str) -> Traced:
        return cls(source, tuple(range(len(source))))

    def part(self, start: int, end: int) -> Traced:
        return Traced(self.text[start:end], self.origins[start:end])

    def joined(self, other: Traced) -> Traced:
        return Traced(self.text + other.text, self.origins + other.origins)

    def blanked(self, pattern: re.Pattern[str]) -> Traced:
        """Blanks for what matches; line breaks stay, and so does every other character's place."""
        blank = lambda m: "".join("\n" if c == "\n" else " " for c in m.group())  # noqa: E731
        return Traced(pattern.sub(blank, self.text), self.origins)

    def without(self, pattern: re.Pattern[str]) -> Traced:
        return self.replaced(pattern, lambda m: "")

    def kept(self, pattern: re.Pattern[str], group: int = 1) -> Traced:
        """Of what matches only a group is left, each of its characters where it stood."""
        made, at = Traced("", ()), 0
        for match in pattern.finditer(self.text):
            made = made.joined(self.part(at, match.start())).joined(self.part(*match.span(group)))
            at = match.end()
        return made.joined(self.part(at, len(self.text))) if at else self

    def replaced(self, pattern: re.Pattern[str], told: Callable[[re.Match[str]], str]) -> Traced:
        """Other words for what matches; all of them stand where it began."""
        texts, origins, at = list[str](), list[int](), 0
        for match in pattern.finditer(self.text):
            text = told(match)
            texts += [self.text[at : match.start()], text]
            origins += self.origins[at : match.start()]
            origins += [self.origins[match.start()]] * len(text)
            at = match.end()
        if not at:
            return self
        return Traced("".join([*texts, self.text[at:]]), (*origins, *self.origins[at:]))

    def lines(self) -> list[Traced]:
        """The lines, without their ends."""
        made, at = list[Traced](), 0
        for line in self.text.split("\n"):
            made.append(self.part(at, at + len(line)))
            at += len(line) + 1
        return made
