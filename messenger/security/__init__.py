"""Keys and seals, tokens, slow hashes, second factors: adapters of `ports.security`."""
