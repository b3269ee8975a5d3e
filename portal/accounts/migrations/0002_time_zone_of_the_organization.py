from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="time_zone",
            field=models.CharField(blank=True, help_text="Empty: times are shown in the zone of the organization.", max_length=64),
        ),
        # Nobody could choose one so far.
        migrations.RunSQL("UPDATE accounts_user SET time_zone = '' WHERE time_zone = 'UTC'", migrations.RunSQL.noop),
    ]
