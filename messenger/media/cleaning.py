"""What a worker does with its one file."""

from typing import IO

from messenger.domain.errors import CannotClean, Reason
from messenger.media import documents, pictures, recordings
from messenger.media.kinds import HEAD, Kind, find_kind
from messenger.media.limits import Limits
from messenger.media.piping import Line, Result, upload
from messenger.media.wire import Done, Saying, Sorry


def get_ready(limits: Limits) -> None:
    """Load everything that a worker needs."""
    pictures.get_ready(limits)
    recordings.get_ready(limits)
    documents.get_ready(limits)


def serve(line: Line, limits: Limits) -> None:
    """Clean the one file that the service has, and tell how it went."""
    size = int.from_bytes(line.hear(), "big")
    line.say(_clean(line, size, limits))


def _clean(line: Line, size: int, limits: Limits) -> Saying:
    try:
        with upload(line, size) as given, Result(line) as taken:
            done = clean(given, taken, limits)
    except CannotClean as refusal:
        return Sorry(refusal.reason)
    except MemoryError:
        return Sorry(Reason.TOO_LARGE)
    # Whatever a library raises about what a stranger made: the file is to blame, or nobody can tell.
    except Exception:  # noqa: BLE001
        return Sorry(Reason.DAMAGED)
    return done


def clean(given: IO[bytes], taken: IO[bytes], limits: Limits) -> Done:
    """Write to `taken` a clean one of what `given` has, opened as what its first bytes say it is."""
    kind = find_kind(given.read(HEAD))
    given.seek(0)
    match kind:
        case None:
            raise CannotClean(Reason.UNKNOWN_KIND)
        case Kind() if kind.is_picture:
            return pictures.clean_picture(given, taken, kind, limits)
        case Kind.PDF:
            return documents.clean_document(given, taken, limits)
        case _:
            return recordings.clean_recording(given, taken, kind, limits)
