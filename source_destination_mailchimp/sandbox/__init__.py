"""A pretend Mailchimp. Imports nothing from the connectors it is used to test.

How the rooms are laid out, from the wire inwards:

- `server` listens (``with running_sandbox() as sandbox: …`` from a test, `command` from a shell), `wire` is HTTP:
  keys, ten connections, latency, faults (`breakage`, `traffic`), headers. `control` answers /_sandbox,
  `control_client` calls it.
- `routes` binds method and path to a rule, `dispatch` finds the rule, checks the body's shape (`schema`) and cuts the
  answer down to `fields` (`selection`). Batch operations come in here too.
- One module per family holds its rules: functions from a `Call` to a dictionary (200), None (204) or an `Answer`;
  a refusal is a raised `Problem` (`errors`).
- `store` is the account, `audience` one audience, `member` one member, `index` the orders in which members are listed.
- `statuses`, `merge_values`, `addresses` are the pure rules; `switches` lists what nobody knows.

How to add a family: write `<family>.py` with its rules, body shapes and whatever it remembers as a class with a
constructor without arguments, kept by ``call.store.room(Things)`` or ``call.audience.room(Things)`` (a reset empties
both), and add its lines to ROUTES in `routes`. What it answers outside /3.0 goes into `open_routes`, what people do
into ACTIONS in `people`, and what it wants to hear of members into WATCHERS in `watching`.
"""
