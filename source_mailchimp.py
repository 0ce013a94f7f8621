"""source-mailchimp under the module name that Airbyte's test harness derives from its folder."""
