"""What passes over the wire: the port, keys, connections, faults, routes, body shapes, errors and links.

`server` listens, `wire` reads requests and writes answers, `dispatch` finds the rule that `routes` binds to a method
and a path. `calls`, `schema`, `errors`, `selection` and `links` are what the rules of the other rooms are written with.
"""
