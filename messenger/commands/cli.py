"""Every command on one page."""

import typer

from messenger.commands import backup, copying, deployment, members, organizations
from messenger.commands.asking import TAKES_A_SECRET
from messenger.commands.demo import demo
from messenger.commands.poster import poster
from messenger.commands.running import Commands
from messenger.commands.serve import serve
from messenger.commands.widget import widget

cli = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    # Its tracebacks show local variables: words, keys and passwords.
    pretty_exceptions_enable=False,
    help="Messenger: anonymous reports and live chat between students and their school.",
)

cli.command()(serve)
cli.command()(demo)

cli.command()(deployment.check)
cli.command()(deployment.upgrade)
cli.command("backup", context_settings=TAKES_A_SECRET)(backup.backup)
cli.command("restore", context_settings=TAKES_A_SECRET)(backup.restore)
cli.command("copy-database", context_settings=TAKES_A_SECRET)(copying.copy_database)
cli.command("rotate-secrets")(deployment.rotate)

cli.command()(organizations.add_organization)
cli.command()(organizations.list_organizations)
cli.command()(organizations.move_organization)
cli.command()(organizations.add_school)
cli.command()(organizations.add_code)
cli.command()(organizations.set_hours)
cli.command()(organizations.add_holiday)
cli.command()(organizations.set_wording)
cli.command()(organizations.add_canned)
cli.command()(organizations.allow_frame)
cli.command()(organizations.forbid_frame)
cli.command()(organizations.list_frames)
cli.command()(poster)
cli.command()(widget)

cli.command()(members.invite)
cli.command()(members.invite_again)
cli.command()(members.list_members)
cli.command()(members.rename_member)
cli.command()(members.disable_member)
cli.command("approve-member", context_settings=TAKES_A_SECRET)(members.approve_member)
cli.command("rehearse-recovery", context_settings=TAKES_A_SECRET)(members.rehearse_recovery)
