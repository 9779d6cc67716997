"""The server's own secrets: the keys that sign tokens, in one file that nobody else may read.

They open nothing that was sealed. Whoever loses them signs everybody out, and no report is lost.
"""

import errno
import json
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from messenger.domain.errors import BadSetting

NAME = "secrets.json"
KEPT = 2
"""Signing keys kept: the newest signs, the one before still lets people finish their stay."""
_VERSION = 1
_KEY_BYTES = 32
_PURPOSE = b"messenger.secrets"


def open_secrets(folder: Path) -> list[str]:
    """Return the signing keys, the newest last; make the folder and the first key if need be.

    Raises `BadSetting` when others may read them, or when the file is not one of ours.
    """
    make_private_folder(folder)
    path = folder / NAME
    if not path.exists():
        # Two first starts at once: one of them makes it, both use it.
        with suppress(FileExistsError):
            _write(path, [_new_key()], replace=False)
    return read_secrets(folder)


def check_not_lost(folder: Path) -> None:
    """Raise if there are none beside a database that people are in: they would be made anew, and
    everybody signed out, or this host be a stranger to the others, without a word.
    """
    if not (folder / NAME).exists():
        raise BadSetting(
            f"{folder / NAME} is not there, and the database is in use. Put back the one of a backup, or "
            "of another host that serves (0600, the service's own). If it is lost everywhere: `messenger "
            "rotate-secrets` makes a new one. Everybody signs in anew; reports and six words stay good."
        )


def read_secrets(folder: Path) -> list[str]:
    """Return the signing keys; makes nothing."""
    check_private(folder)
    check_not_lost(folder)
    path = check_private(folder / NAME)
    try:
        return parse_secrets(path.read_bytes())
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}.") from error


def parse_secrets(raw: bytes) -> list[str]:
    """Return the signing keys that a file of ours holds."""
    try:
        content = json.loads(raw)
        version, keys = content["version"], content["signing_keys"]
    except (ValueError, TypeError, KeyError):
        version, keys = None, []
    if version != _VERSION or not keys or not all(_is_key(key) for key in keys):
        raise BadSetting(
            f"{NAME} is damaged: put back the one of a backup, or of another host. If it is lost "
            "everywhere, move it away; then `messenger rotate-secrets` makes a new one, and everybody "
            "signs in anew."
        )
    return list(keys)


def mark_of(key: str) -> bytes:
    """Return what tells a key from others, and nothing about it: for the database it belongs with."""
    return blake2b(_PURPOSE, key=key.encode()[:64], digest_size=16).digest()


def check_belongs(folder: Path, keys: Sequence[str], mark: bytes) -> None:
    """Raise unless the database, whose `mark` it is, knows one of the keys in the folder."""
    if mark not in map(mark_of, keys):
        raise BadSetting(
            f"{folder / NAME} is not the one that this database belongs with: it was turned on another "
            "host, or is another deployment's. With it, this host takes everybody for a stranger. Put "
            "there that of a host that serves, or of the backup (0600, the service's own). If it is lost "
            "everywhere, move this one away; then `messenger rotate-secrets` makes a new one, and "
            "everybody signs in anew."
        )


def rotate_secrets(folder: Path) -> int:
    """Sign with a new key from the next start on; the last one is still accepted, older are not.

    Return how many there were. If there was none, there is one now.
    """
    if not (make_private_folder(folder) / NAME).exists():
        open_secrets(folder)
        return 0
    keys = [*read_secrets(folder), _new_key()]
    _write(folder / NAME, keys[-KEPT:], replace=True)
    return len(keys) - 1


def check_writable(folder: Path) -> None:
    """Raise if the secrets could not be turned there."""
    if not os.access(folder, os.W_OK, effective_ids=True):
        raise BadSetting(f"{folder / NAME} cannot be written: {os.strerror(errno.EACCES)}.")


def make_private_folder(folder: Path) -> Path:
    """Make a folder for us alone, or make sure that it is one."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"The folder {folder} cannot be made: {error.strerror}. Make it for the user that serves: "
            f"install -d -m 700 -o USER {folder}"
        ) from error
    return check_private(folder)


def check_private(path: Path) -> Path:
    """Return `path` if nobody but its owner may read or write it, and we may read it."""
    try:
        state = path.stat()
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}.") from error
    is_folder = stat.S_ISDIR(state.st_mode)
    if not os.access(path, os.R_OK | (os.X_OK if is_folder else 0), effective_ids=True):
        raise BadSetting(f"{path} is closed to you: run commands as the user who owns it.")
    if stat.S_IMODE(state.st_mode) & 0o077:
        mode = "700" if is_folder else "600"
        raise BadSetting(f"Others on this machine can open {path}. Close it: chmod {mode} {path}")
    return path


def _write(path: Path, keys: list[str], *, replace: bool) -> None:
    """Put a whole new file in its place at once; without `replace`, only where there is none."""
    content = json.dumps({"version": _VERSION, "signing_keys": keys}).encode()
    staged = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write_through(staged, content)
        if replace:
            staged.replace(path)
        else:
            path.hardlink_to(staged)
    except FileExistsError:
        raise
    except OSError as error:
        raise BadSetting(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):  # Where nothing can be written, nothing was.
            staged.unlink()


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _new_key() -> str:
    return secrets.token_hex(_KEY_BYTES)


def _is_key(key: object) -> bool:
    return isinstance(key, str) and len(key) >= 2 * _KEY_BYTES
