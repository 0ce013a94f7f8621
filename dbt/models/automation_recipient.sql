{{ airbyte_mailchimp.shaped('automation_recipients', [
    ('automation_email_id', 'campaign_id', 'text'),
    ('member_id', 'email_id', 'text'),
    ('list_id', 'list_id', 'text'),
]) }}
