"""Which sites may show an organization's tip line in a frame."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "frame_origin",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_frame_origin_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "origin", name=op.f("pk_frame_origin")),
    )
