"""What may be forgotten: who watches what, who is here, who types. Flush it and people blink."""
