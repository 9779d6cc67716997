"""Everything the edge can ask for, in one typed value that `app` fills and requests carry."""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Scope

from messenger.ports.live import Bus, Hearing, Shown
from messenger.ports.security import Tokens
from messenger.ports.storage import Directory, Rooms
from messenger.ports.world import Clock
from messenger.services.attached import Registrar
from messenger.services.attendance import Attendance
from messenger.services.chat import Chat
from messenger.services.duty import DutyDesk
from messenger.services.finishing import Finishing
from messenger.services.history import History
from messenger.services.keyring import Keyring
from messenger.services.queue import QueueDesk
from messenger.services.reporting import Reporting
from messenger.services.revocation import Revocation
from messenger.services.roster import Roster
from messenger.services.signin import SignIn
from messenger.services.stay import Stays
from messenger.services.telling import Teller
from messenger.services.toll import Toll
from messenger.services.uploads import Uploads
from messenger.services.viewing import Viewing
from messenger.web.admission import Admission
from messenger.web.pages import Pages
from messenger.web.pulse import Pulse
from messenger.web.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Place:
    """Where this service stands on the web: exact origins, and where people are sent who leave."""

    origin: str
    origins: frozenset[str]
    leave_url: str
    is_https: bool
    metrics_token: str = field(default="", repr=False)
    """What a monitor shows to read the figures; empty: there are none."""


@dataclass(frozen=True, slots=True)
class Desks:
    """The services and what the edge itself needs."""

    place: Place
    pages: Pages
    tokens: Tokens
    directory: Directory
    rooms: Rooms
    bus: Bus
    roster: Roster
    keyring: Keyring
    reporting: Reporting
    chat: Chat
    registrar: Registrar
    uploads: Uploads
    finishing: Finishing
    viewing: Viewing
    history: History
    queue: QueueDesk
    duty: DutyDesk
    attendance: Attendance
    signin: SignIn
    teller: Teller
    shown: Shown
    revocation: Revocation
    stays: Stays
    toll: Toll
    clock: Clock
    hearing: Callable[[], Hearing]
    admission: Admission
    shelf: Shelf
    pulse: Pulse


def desks_of(scope: Scope) -> Desks:
    """Return the desks that the lifespan put into the scope."""
    desks = scope["state"]["desks"]
    if not isinstance(desks, Desks):
        raise TypeError(desks)
    return desks
