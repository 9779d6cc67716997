"""What the services need from the world, and what it promises them: order, loss, atomicity.

Rows that cross a port are values of `domain`; keys in them are always sealed. Every method may
raise `StoreDown`; nothing that raised it was acknowledged, and it may safely be repeated.
"""
