"""What a person notes about a run or a take, to find it again."""

from __future__ import annotations

from dataclasses import dataclass

from providers import InvalidRequest

NOTE_MAX, TAGS_MAX = 500, 200
"""The most characters of a note, and of all tags together. They are small beside what a run's rows count as (see
``KeptRun.bytes``)."""


@dataclass(frozen=True)
class Mark:
    """A star, a note and tags."""

    star: bool = False
    note: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def typed(cls, star: object, note: object, tags: object) -> Mark:
        """A mark from what a person typed; tags are separated by commas.

        Raises:
            InvalidRequest: something is too long, or of the wrong type.
        """
        if not isinstance(star, bool) or not isinstance(note, str) or not isinstance(tags, str):
            raise InvalidRequest("A note and tags are text.")
        if len(note) > NOTE_MAX or len(tags) > TAGS_MAX:
            raise InvalidRequest(f"A note has at most {NOTE_MAX} characters, and all tags together {TAGS_MAX}.")
        return cls(star, note.strip(), tuple(dict.fromkeys(tag for each in tags.split(",") if (tag := each.strip()))))

    def to_json(self) -> dict[str, object]:
        """The mark in the form in which the page gets it and sends it back; tags as one text with commas."""
        return {"star": self.star, "note": self.note, "tags": ", ".join(self.tags)}
