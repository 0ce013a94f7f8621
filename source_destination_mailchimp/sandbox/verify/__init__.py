"""Ask a real account what the sandbox assumes: `mailchimp-sandbox verify`.

- `question.py` is the form of a question: its calls, and how their answers become a position.
- `*_questions.py` are the questions, `questions.py` their table, `not_askable.py` what no call can settle, and why.
- `mailbox.py` makes the contacts' addresses and recognises them; `guard.py` refuses every other write.
- `calling.py` sends, within the budget; `asking.py` puts a question; `cleaning.py` removes what was made.
- `results.py` holds answers against assumptions; `report.py` writes them down without key and addresses.
- `command.py` is the command.

It knows the switches of the sandbox, nothing else of it, and nothing of the connectors. It needs `requests` alone.
"""
