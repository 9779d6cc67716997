"""An unlocked room: somebody who may be there, and the key to its words."""

import logging

from messenger.domain.access import Actor
from messenger.domain.commands import Said
from messenger.domain.errors import Unreadable
from messenger.domain.events import Author, Content, Event
from messenger.domain.ids import ClientId, OrganizationId, RoomId
from messenger.domain.keys import Label
from messenger.domain.values import Value
from messenger.ports.security import Vault
from messenger.protocol.content import read_content, write_content, write_words

_log = logging.getLogger("messenger.services")


class RoomKey(Value, frozen=True):
    """The key of one room, with the names that every seal made by it is bound to."""

    organization: OrganizationId
    room: RoomId
    key: bytes

    hides = ("key",)

    def seal(
        self, vault: Vault, author: Author, client_id: ClientId, kind: str, content: Content
    ) -> Said:
        """Seal what an event says, and hash it so that a repeat can be told from a conflict."""
        label = self._label(author, client_id, kind)
        words = write_words(content.body, content.details)
        return Said(
            vault.seal(self.key, label, write_content(content)),
            vault.digest(self.key, label, words),
        )

    def open(self, vault: Vault, event: Event) -> Content:
        """Open what an event says; events of the system say nothing."""
        if not event.sealed:
            return Content()
        label = self._label(event.author, event.client_id, event.kind)
        return read_content(vault.open(self.key, label, event.sealed))

    def show(self, vault: Vault, event: Event) -> Content:
        """Open one of many. If it does not open, its content says so: it must not hide the others."""
        try:
            return self.open(vault, event)
        except Unreadable:
            _log.error("an event does not open")
            return Content(details={"unreadable": "yes"})

    def label(self, purpose: str, of: str = "") -> Label:
        """The label of something else sealed with this key: of the one with that id, if of many."""
        return Label(purpose, self.organization, self.room, client_id=of)

    def _label(self, author: Author, client_id: ClientId, kind: str) -> Label:
        return Label("event", self.organization, self.room, author.key, client_id, kind)


class Unlocked(Value, frozen=True):
    """An actor in a room they may see, with its key."""

    actor: Actor
    room_key: RoomKey

    @property
    def room(self) -> RoomId:
        return self.room_key.room

    @property
    def organization(self) -> OrganizationId:
        return self.room_key.organization
