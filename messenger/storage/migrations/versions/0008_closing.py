"""In which order rooms were closed. Nothing told of those there are: they keep that of their numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    closing = sa.Column("closing", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("room", closing)
    op.execute("update room set closing = number where status = 'closed' and not erased")
    op.drop_index(op.f("ix_room_status_organization_number"), "room")
    op.create_index(
        op.f("ix_room_status_organization_closing"), "room", ["status", "organization", "closing"]
    )
