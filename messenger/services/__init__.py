"""What people do. Use-cases over ports: no framework, no I/O of their own."""
