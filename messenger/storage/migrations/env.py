"""Run by alembic, in the transaction of the connection that `upgrade` hands over."""

from alembic import context

from messenger.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite alters a table by making a new one.
    render_as_batch=True,
)
context.run_migrations()
