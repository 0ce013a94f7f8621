"""A local Mailchimp: the Marketing API 3.0 over HTTP, kept in memory, with a control API for tests and demos.

It is held against recordings of the real API. `facts.tsv` lists what it takes to be true of Mailchimp and how strong
the proof is; `control/switches.py` lists what nobody knows. It imports nothing from the connectors that it is used to
test.

Rooms, from the wire inwards:

- `http/` is the wire: the server, keys, ten connections, latency, faults, routes, body shapes, errors, links.
- `control/` is the API under /_sandbox: seeds, people, the clock, faults, switches, the log of requests.
- `account/` is what one account holds, its clock, its root resource and its batch operations.
- `audiences/` holds lists, merge fields, interests, segments, tags and growth.
- `members/` holds everything about members: the rules of statuses and addresses, writes, reads, notes, events.
- `pages/` is what a browser shows at /: audiences, contacts, mail, calls, and what only people can do.
- `campaigns/` holds campaigns, responses to them, reports and automations.
- `verify/` asks a real account what the sandbox assumes; of the other rooms it knows the switches alone.

`entry.py` is the shell command `mailchimp-sandbox`, which runs `command.py` or `verify/command.py`; a test says
``with running_sandbox() as sandbox: …`` (`http/server.py`).

How a call goes: `http/routes.py` binds method and path to a rule, `http/dispatch.py` finds the rule, checks the shape
of the body and cuts the answer down to `fields`; batch operations come in there too. A rule is a function from a
`Call` to a dictionary (200), None (204) or an `Answer`; a refusal is a raised `Problem`.

How to add a family: write a module with its rules, its body shapes and whatever it remembers as a class with a
constructor without arguments, kept by ``call.store.room(Things)`` or ``call.audience.room(Things)`` (a reset empties
both), and add its lines to ROUTES in `http/routes.py`. What it answers outside /3.0 goes into `http/open_routes.py`,
what people do into ACTIONS in `control/people.py`, what it wants to hear of members into WATCHERS in
`account/watching.py`.

What it does not do: it sends no mail, calls no webhooks, has no e-commerce, templates, files, landing pages or SMS
campaigns, edits no campaigns and no automations, and keeps nothing when it stops. `docs/sandbox.md` lists, family by
family, what is served and what is not.
"""
