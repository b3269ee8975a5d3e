from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("automations", "0002_sample_message"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["organization", "destination", "-created_at", "-id"],
                name="delivery_failed",
            ),
        ),
    ]
