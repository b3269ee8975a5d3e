from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("connections", "0004_calls_know_their_run"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorization",
            name="proof_for",
            field=models.UUIDField(
                blank=True,
                editable=False,
                help_text="For what it proves who a person is; empty where it signs the connection in.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(condition=models.Q(("proof_for__isnull", False)), fields=["proof_for"], name="proof_of"),
        ),
    ]
