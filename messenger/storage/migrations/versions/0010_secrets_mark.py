"""Which `secrets.json` a database belongs with. Of those there are, the one of who opens it first."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("deployment", sa.Column("secrets_mark", sa.LargeBinary()))
