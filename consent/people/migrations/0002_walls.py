"""Rights of the portal's role on people, sessions and accounts; the table of rate limits."""

from django.db import migrations

from consent.database import grant


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE people_ratelimit (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);"
            "CREATE INDEX people_ratelimit_expires ON people_ratelimit (expires)",
            "DROP TABLE people_ratelimit",
        ),
        grant("people_ratelimit", "SELECT, INSERT, UPDATE, DELETE"),
        grant("django_session", "SELECT, INSERT, UPDATE, DELETE"),
        grant("django_migrations", "SELECT"),
        grant("django_content_type", "SELECT"),
        grant("auth_permission", "SELECT"),
        grant("account_emailaddress", "SELECT, INSERT, UPDATE, DELETE"),
        grant("account_emailconfirmation", "SELECT, INSERT, UPDATE, DELETE"),
        grant("people_employer", "SELECT, INSERT"),
        grant("people_person", "SELECT, INSERT, UPDATE"),
        grant("people_rolegrant", "SELECT, INSERT, DELETE"),
    ]
