"""Browser proofs: Debian's Chromium against a real server. Everyone in them is made up."""
