"""What is answered outside /3.0 beside the control API, such as OAuth. A new family adds its lines here."""

from typing import Final

from source_destination_mailchimp.sandbox.http import oauth
from source_destination_mailchimp.sandbox.http.visits import OpenRoute

OPEN_ROUTES: Final[tuple[OpenRoute, ...]] = oauth.OPEN_ROUTES
