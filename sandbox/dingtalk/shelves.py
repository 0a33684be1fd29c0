"""Shelves (空间与目录): what the storage calls keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.town import Town

ROOT = "0"


@dataclass(slots=True)
class Dentry:
    """A folder or a file; ``at`` as DingTalk writes it."""

    id: str
    uuid: str
    space: str
    parent: str
    name: str
    kind: str
    creator: str
    path: str
    at: str
    content: bytes = b""
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Space:
    """``kind`` is USER, APP or ORG; ``chat`` is the group it belongs to, if any."""

    id: str
    name: str
    owner: str
    kind: str
    scene: tuple[str, str]
    at: str
    root: str
    is_visible: bool = False
    chat: str = ""
    grants: list[Any] = field(default_factory=list)
    """Of ``storage_rights``."""
    dentries: dict[str, Dentry] = field(default_factory=dict)

    @property
    def used(self) -> int:
        return sum(len(each.content) for each in self.dentries.values())


class Shelves:
    """Spaces and what is in them."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.spaces: dict[str, Space] = {}

    def _now(self) -> str:
        return self._town.clock.now().strftime("%a %b %d %H:%M:%S CST %Y")

    def add_space(
        self,
        name: str,
        owner: str,
        kind: str,
        scene: tuple[str, str],
        *,
        visible: bool = False,
        chat: str = "",
    ) -> Space:
        """New, or that of the same scene and scene id."""
        for space in self.spaces.values():
            if scene[1] and space.scene == scene:
                return space
        number = self._town.digits(11, "space", self._town.new_id("", "space"))
        root = self._town.derive("", "root", number)
        space = Space(number, name, owner, kind, scene, self._now(), root, visible, chat)
        self.spaces[number] = space
        return space

    def of_chat(self, chat: str, owner: str) -> Space:
        """The files of a group, made when first asked for."""
        for space in self.spaces.values():
            if space.chat == chat:
                return space
        return self.add_space("", owner, "USER", ("group", chat), chat=chat)

    def children(self, space: Space, parent: str) -> list[Dentry]:
        return [each for each in space.dentries.values() if each.parent == parent]

    def child(self, space: Space, parent: str, name: str) -> Dentry | None:
        return next((each for each in self.children(space, parent) if each.name == name), None)

    def add(self, space: Space, parent: str, name: str, kind: str, creator: str, content: bytes) -> Dentry:
        """A name that is taken gets a number."""
        free, count = name, 1
        while self.child(space, parent, free) is not None:
            free, count = f"{name}({count})", count + 1
        number = self._town.digits(12, "dentry", self._town.new_id("", "dentry"))
        above = space.dentries[parent].path if parent in space.dentries else ""
        dentry = Dentry(
            number, self._town.derive("", "uuid", number), space.id, parent, free, kind, creator, f"{above}/{free}",
            self._now(), content,
        )  # fmt: skip
        space.dentries[number] = dentry
        return dentry

    def remove(self, space: Space, dentry: Dentry) -> None:
        for child in self.children(space, dentry.id):
            self.remove(space, child)
        space.dentries.pop(dentry.id, None)

    def by_uuid(self, uuid: str) -> tuple[Space, str] | None:
        """The space and the id of a folder, or of its root."""
        for space in self.spaces.values():
            if space.root == uuid:
                return space, ROOT
            for dentry in space.dentries.values():
                if dentry.uuid == uuid:
                    return space, dentry.id
        return None
