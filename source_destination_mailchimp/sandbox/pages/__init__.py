"""The pages for people: what the account holds, the calls as they come in, and what only a person can do.

They are served beside the API to a browser on this machine, without a build step, and change nothing about what the API
answers. Each module is one page; `rendering.py` draws them from `templates/`, `history.py` remembers what happened to
contacts, and `page_routes.py` says what is answered where.
"""
