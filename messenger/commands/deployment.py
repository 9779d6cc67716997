"""Looking after a deployment: upgrading, turning secrets, and the word whether all is well."""

import anyio
import typer

from messenger.commands.check import find_problems
from messenger.commands.lock import serving
from messenger.commands.running import bring_up_to_date, naming_the_server, read_settings
from messenger.parts import turn_secrets
from messenger.security.secretfile import NAME as SECRETS

_ALL_STAY = "Nobody is signed out until you turn it again."
_NONE_STAYS = "There was none: everybody signs in anew."
_OLDER_ENDS = (
    "It signs out who signed in before the last turn,\n"
    "or before the restart that followed it: if there was none since, that is everybody."
)
TO_MEND = 1
"""The exit code of a check that found something."""


def check() -> None:
    """Tell what is wrong with this deployment, and what to do about it. Leaves nothing behind."""
    findings = find_problems()
    for finding in findings:
        typer.echo(str(finding))
    wrong = sum(finding.must_be_mended for finding in findings)
    typer.echo(f"To mend: {wrong}." if wrong else "Nothing has to be mended.")
    if wrong:
        raise typer.Exit(TO_MEND)


def upgrade() -> None:
    """Bring the database to this version. Back up first; the service must be stopped."""
    settings = read_settings()
    with serving(settings.data):
        bring_up_to_date(settings)
    typer.echo("The database belongs to this version.")


def rotate_secrets() -> None:
    """Sign with a new key from the next start on; the one before is accepted until the next turn."""
    outcomes = (_NONE_STAYS, _ALL_STAY, _OLDER_ENDS)
    settings = read_settings()
    with naming_the_server(settings):
        before = anyio.run(turn_secrets, settings)
    typer.echo(f"The next start signs with a new key. {outcomes[before]}")
    if settings.database_server:
        secrets = settings.data / SECRETS
        typer.echo(
            f"Where there are other hosts, nothing starts until they have a copy of {secrets}."
        )
