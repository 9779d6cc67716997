"""Which database has an organization, and that it is on its way to another one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "placement",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("shard", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name=op.f("pk_placement")),
    )
    op.add_column("deployment", sa.Column("shard", sa.String()))
    op.add_column("organization", sa.Column("moving", sa.String()))
    op.add_column(
        "room", sa.Column("moving", sa.Boolean(), nullable=False, server_default=sa.false())
    )
