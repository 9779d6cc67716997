"""A way to the rooms whose day has come: every two seconds all that ever were would be looked at."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index(op.f("ix_room_delete_on"), "room", ["delete_on"])
