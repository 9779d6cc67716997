"""Files that come with a form, where scripts are off: taken one after the other, each shown at once."""

from dataclasses import dataclass, field
from math import inf

import anyio

from messenger.domain.attachment import Announced, Progress, type_of
from messenger.domain.errors import Refusal, SignedOut
from messenger.domain.events import Role
from messenger.services.sealing import Unlocked
from messenger.web.desks import Desks
from messenger.web.multipart import IncomingFile, MultipartForm

AGAIN = 0.5
"""Seconds between questions about a file that another process makes safe."""
TIMES = 1_200
"""Questions: for longer than any browser waits for an answer."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A file that did not get in, by the name its sender knows it by, and why."""

    name: str = field(repr=False)
    why: str


async def take_files(
    desks: Desks, here: Unlocked, form: dict[str, str], enclosed: MultipartForm, id: str
) -> list[Unsent]:
    """Take all that come. One that is refused keeps none of the others out.

    Raises `SignedOut` for a member whose session ended meanwhile.
    """
    unsent = []
    number = 0
    async for file in enclosed.files():
        number += 1
        try:
            await _take(desks, here, form, file, f"{id}-{number}")
        except SignedOut:
            raise
        except Refusal as refusal:
            unsent.append(Unsent(file.name, refusal.words(desks.pages.say)))
    return unsent


async def _take(
    desks: Desks, here: Unlocked, form: dict[str, str], file: IncomingFile, id: str
) -> None:
    announced = Announced(type_of(file.media_type[:100], file.name), alt=form.get("alt", ""))
    keeps = form.get("keep_original") == "yes"
    upload = await desks.uploads.take(here, id, announced, file.pieces, keeps_original=keeps)
    if here.actor.role is Role.TEAM:
        # A form may take hours to come, and who sends it may not be one of the team any more.
        await desks.revocation.check_living(here.actor.session)
    aside = desks.admission.aside
    upload = await desks.finishing.finish(here, upload.id, aside)
    for _ in range(TIMES):
        if upload.attachment.progress is not Progress.ARRIVING:
            return
        # Another process has it in hand, or died over it. Nobody without scripts would ask again.
        with aside(inf):
            await anyio.sleep(AGAIN)
        upload = await desks.finishing.finish(here, upload.id, aside)
