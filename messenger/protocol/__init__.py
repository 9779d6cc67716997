"""The wire, as values: frames, closing codes, and one client's side of a conversation. No I/O."""
