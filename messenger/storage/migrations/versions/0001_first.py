"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_organizations()
    _create_members()
    _create_team_keys()
    _create_rooms()
    _create_ways_back()


def _create_organizations() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("emergency", sa.JSON(), nullable=False),
        sa.Column("greeting", sa.Text(), nullable=False),
        sa.Column("who_reads", sa.Text(), nullable=False),
        sa.Column("recovery_key", sa.LargeBinary(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("rotation_due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_school_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
    )
    op.create_index(op.f("ix_school_organization"), "school", ["organization"], unique=False)
    op.create_table(
        "access_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("school", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_access_code_organization")
        ),
        sa.ForeignKeyConstraint(["school"], ["school.id"], name=op.f("fk_access_code_school")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_access_code")),
    )
    op.create_index(
        op.f("ix_access_code_organization"), "access_code", ["organization"], unique=False
    )
    op.create_table(
        "duty_shift",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_duty_shift_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "weekday", "starts", name=op.f("pk_duty_shift")),
    )
    op.create_table(
        "holiday",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_holiday_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "canned",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_canned_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_canned")),
    )


def _create_members() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("folded_login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("shown_name", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_member_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("folded_login", name=op.f("uq_member_folded_login")),
    )
    op.create_index(op.f("ix_member_organization"), "member", ["organization"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("cost", sa.String(), nullable=False),
        sa.Column("wrapped_private", sa.LargeBinary(), nullable=False),
        sa.Column("second_factor", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_credentials_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_credentials")),
    )
    op.create_table(
        "invitation",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_invitation_member")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_member"), "invitation", ["member"], unique=False)


def _create_team_keys() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_deployment_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_table(
        "team_generation",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("recovery_tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_team_generation_organization")
        ),
        sa.PrimaryKeyConstraint("organization", "generation", name=op.f("pk_team_generation")),
    )
    op.create_table(
        "team_grant",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_team_grant_organization")
        ),
        sa.PrimaryKeyConstraint(
            "organization", "generation", "recipient", "recipient_id", name=op.f("pk_team_grant")
        ),
    )
    op.create_index(
        op.f("ix_team_grant_recipient_id"), "team_grant", ["recipient_id"], unique=False
    )
    op.create_table(
        "approval",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_approval_member")),
        sa.PrimaryKeyConstraint("member", "generation", name=op.f("pk_approval")),
    )


def _create_rooms() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("school", sa.String(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("responder", sa.String(), nullable=True),
        sa.Column("participants", sa.Text(), nullable=False),
        sa.Column("invited", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("file_head", sa.Integer(), nullable=False),
        sa.Column("seen_by_team", sa.Integer(), nullable=False),
        sa.Column("seen_by_reporter", sa.Integer(), nullable=False),
        sa.Column("waiting_since", sa.Integer(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("pace_to_claim", sa.Integer(), nullable=True),
        sa.Column("pace_to_answer", sa.Integer(), nullable=True),
        sa.Column("pace_to_close", sa.Integer(), nullable=True),
        sa.Column("key_check", sa.LargeBinary(), nullable=False),
        sa.Column("delete_on", sa.String(), nullable=False),
        sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_room_organization")
        ),
        sa.ForeignKeyConstraint(["responder"], ["member.id"], name=op.f("fk_room_responder")),
        sa.ForeignKeyConstraint(["school"], ["school.id"], name=op.f("fk_room_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("organization", "number", name=op.f("uq_room_organization_number")),
    )
    op.create_index(
        op.f("ix_room_status_organization_number"),
        "room",
        ["status", "organization", "number"],
        unique=False,
    )
    op.create_table(
        "room_grant",
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_room_grant_room")),
        sa.PrimaryKeyConstraint("room", "recipient", "recipient_id", name=op.f("pk_room_grant")),
    )
    op.create_index(
        op.f("ix_room_grant_recipient_id"), "room_grant", ["recipient_id"], unique=False
    )
    op.create_table(
        "event",
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_event_room")),
        sa.PrimaryKeyConstraint("room", "stream", "seq", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "room",
            "author",
            "client_id",
            "stream",
            name=op.f("uq_event_room_author_client_id_stream"),
        ),
    )
    op.create_table(
        "seen",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_seen_member")),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_seen_room")),
        sa.PrimaryKeyConstraint("member", "room", name=op.f("pk_seen")),
    )
    op.create_index(op.f("ix_seen_room"), "seen", ["room"], unique=False)


def _create_ways_back() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=True),
        sa.Column("member", sa.String(), nullable=True),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("pending", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_session_member")),
        sa.ForeignKeyConstraint(
            ["organization"], ["organization.id"], name=op.f("fk_session_organization")
        ),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_session_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_expires"), "session", ["expires"], unique=False)
    op.create_index(op.f("ix_session_member"), "session", ["member"], unique=False)
    op.create_index(op.f("ix_session_room"), "session", ["room"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("last_used", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_receipt_room")),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_room"), "receipt", ["room"], unique=False)
