"""The edge: pages, forms, sockets. Everything here only carries out what services decide."""
