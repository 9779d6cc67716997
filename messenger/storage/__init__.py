"""What must survive: SQLAlchemy Core over SQLite (PostgreSQL comes next). Rows in, values out."""
