import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """State only: the application's role deletes no history; `doors.forget_link_events` does, before an integration is removed."""

    dependencies = [
        ("linking", "0005_people_found_and_zone_of_the_look"),
    ]

    operations = [
        migrations.AlterField(
            model_name="linkevent",
            name="integration",
            field=models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name="link_events", to="linking.integration"),
        ),
    ]
