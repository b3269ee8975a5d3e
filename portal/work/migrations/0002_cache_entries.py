from django.db import migrations

# As `manage.py createcachetable` would make it. A migration makes it before the walls are raised, which grant the rights.
MAKE = [
    """
    CREATE TABLE cache_entries (
        cache_key varchar(255) PRIMARY KEY,
        value text NOT NULL,
        expires timestamp with time zone NOT NULL
    )
    """,
    "CREATE INDEX cache_entries_expires ON cache_entries (expires)",
]


class Migration(migrations.Migration):

    dependencies = [("work", "0001_initial")]

    operations = [migrations.RunSQL(MAKE, "DROP TABLE cache_entries")]
