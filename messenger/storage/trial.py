"""Whether sealed files could be kept where they are meant to be: something small is tried there."""

import errno
import re
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

from messenger.domain.errors import NotFound, StoreDown
from messenger.storage.files import files_at

_CONTENT = b"messenger check"
_ANSWERS = re.compile(r"status code: (4\d\d)\b|<Code>(\w+)</Code>|\(code: (\w+)\)")
"""Where the words of the library name a status, and the store's own code: of a request, or of an object."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


async def find_problem(place: Path | str) -> str:
    """Write, read and delete a small file; return what to mend, or nothing."""
    files, folder, doing = files_at(place), f"check-{token_hex(8)}", "written"
    try:
        await files.put(folder, 0, [_CONTENT])
        doing = "read"
        await files.get(folder, 0)
        doing = "deleted"
        await files.erase(folder)
    except (StoreDown, NotFound) as trouble:
        cause = trouble.__cause__ or trouble
        return (
            _of_folder(place, doing, cause) if isinstance(place, Path) else _of(place, doing, cause)
        )
    return ""


def _of_folder(place: Path, doing: str, cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.errno in _FULL:
        return f"There is no room for files where {place} is: free some."
    why = cause.strerror if isinstance(cause, OSError) else type(cause).__name__
    return (
        f"Files can't be {doing} in {place} ({why}): make it a folder that belongs to the user that "
        "serves, with mode 700."
    )


def _of(url: str, doing: str, cause: BaseException) -> str:
    bucket = urlsplit(url).netloc
    match cause:
        case FileNotFoundError():
            return f"There is no bucket “{bucket}”: make it, or mend its name in MESSENGER_FILES."
        case PermissionDeniedError() | UnauthenticatedError():
            return (
                f"Files can't be {doing} in the bucket “{bucket}” with this key: mend AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY, or give it the right to put, get, list and delete objects."
            )
        case _ if answer := _answer_of(cause):
            return (
                f"Files can't be {doing} in the bucket “{bucket}”: its store says no ({answer}). See that it "
                "lets this key put, get, list and delete objects, and that no policy, lock or quota there "
                "forbids it; or mend the endpoint or the region in MESSENGER_FILES."
            )
        case _:
            return (
                f"Files can't be {doing} in the bucket “{bucket}”: its store does not answer as it "
                "should. Start it, or mend the endpoint or the region in MESSENGER_FILES; without "
                "AWS_ACCESS_KEY_ID the machine needs a role."
            )


def _answer_of(cause: BaseException) -> str:
    """Return how the store refused; nothing if it did not, but is out of order or not there."""
    said, _, _ = str(cause).partition("\n\n")
    if "status code: 5" in said:
        return ""
    return " ".join(part for found in _ANSWERS.findall(said) for part in found if part)
