"""What must survive: SQLAlchemy Core over SQLite or PostgreSQL, and the files. Rows in, values out."""
