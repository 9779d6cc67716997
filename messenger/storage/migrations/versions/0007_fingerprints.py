"""What was announced of files that are shown goes: it has a fingerprint of what came.

Their event says what is told of them. Where an original is kept, its size and name are in there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    attachment = sa.table(
        "attachment",
        sa.column("progress", sa.String()),
        sa.column("keeps_original", sa.Boolean()),
        sa.column("announced", sa.LargeBinary()),
    )
    shown = sa.and_(attachment.c.progress == "there", ~attachment.c.keeps_original)
    op.execute(attachment.update().where(shown).values(announced=b""))
