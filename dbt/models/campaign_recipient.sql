{{ airbyte_mailchimp.shaped('campaign_recipients', [
    ('campaign_id', 'campaign_id', 'text'),
    ('member_id', 'email_id', 'text'),
    ('combination_id', 'absplit_group', 'text'),
    ('list_id', 'list_id', 'text'),
]) }}
and {{ airbyte_mailchimp.no_automation_email('campaign_id') }}
