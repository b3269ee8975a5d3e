from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0003_guarded_steps_nobody_approved"),
    ]

    operations = [
        migrations.AddField(
            model_name="sync",
            name="walked",
            field=models.JSONField(default=list, help_text="While it is under way: which lists it has walked, which days of them, and when."),
        ),
        migrations.AddField(
            model_name="sync",
            name="looked_at",
            field=models.DateTimeField(help_text="When its look came to an end for the first time.", null=True),
        ),
    ]
