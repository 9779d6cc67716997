"""When a mail about a room is due: counted anew from a claim, so it no longer follows from since when
somebody waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("room", sa.Column("mail_due", sa.Integer()))
    op.execute("update room set mail_due = waiting_since + 60 where waiting_since is not null")
    # Whoever was mailed about before the claim was never mailed about again.
    op.execute(
        "update room set mail_due = waiting_since + 900, mailed = false"
        " where waiting_since is not null and status = 'active'"
    )
