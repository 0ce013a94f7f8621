"""The OAuth flow that both connectors declare, for the platform to run."""

from typing import Any

OAUTH_FLOW: dict[str, Any] = {
    "auth_flow_type": "oauth2.0",
    "predicate_key": ["credentials", "auth_type"],
    "predicate_value": "oauth2.0",
    "oauth_config_specification": {
        "oauth_connector_input_specification": {
            "consent_url": "https://login.mailchimp.com/oauth2/authorize?response_type=code"
            "&{{client_id_param}}&{{redirect_uri_param}}&{{state_param}}",
            "access_token_url": "https://login.mailchimp.com/oauth2/token",
            "access_token_headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "access_token_params": {
                "grant_type": "authorization_code",
                "client_id": "{{client_id_value}}",
                "client_secret": "{{client_secret_value}}",
                "redirect_uri": "{{redirect_uri_value}}",
                "code": "{{auth_code_value}}",
            },
            "extract_output": ["access_token"],
        },
        "complete_oauth_output_specification": {
            "type": "object",
            "properties": {
                "access_token": {
                    "type": "string",
                    "path_in_connector_config": ["credentials", "access_token"],
                    "path_in_oauth_response": ["access_token"],
                }
            },
        },
        "complete_oauth_server_input_specification": {
            "type": "object",
            "properties": {"client_id": {"type": "string"}, "client_secret": {"type": "string"}},
        },
        "complete_oauth_server_output_specification": {
            "type": "object",
            "properties": {
                "client_id": {"type": "string", "path_in_connector_config": ["credentials", "client_id"]},
                "client_secret": {"type": "string", "path_in_connector_config": ["credentials", "client_secret"]},
            },
        },
    },
}
