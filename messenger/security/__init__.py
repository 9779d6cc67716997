"""Keys and seals, tokens, slow hashes, second factors: adapters of the ports' Security section."""
