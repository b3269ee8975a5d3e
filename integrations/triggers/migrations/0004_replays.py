from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triggers", "0003_webhooks_as_they_are_listed")]

    operations = [
        migrations.AddField(
            model_name="trigger",
            name="replay_ends",
            field=models.BigIntegerField(default=0, editable=False, help_text="The last change that a replay goes through once more."),
        )
    ]
