"""Of a destination that fails: when it last did. Since when it was warned of was never asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('automations', '0005_index_of_open_automation_runs'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='destination',
            name='warned_at',
        ),
        migrations.AddField(
            model_name='destination',
            name='failed_at',
            field=models.DateTimeField(help_text='When a try last failed, of those that fail since then.', null=True),
        ),
        migrations.AlterField(
            model_name='destination',
            name='rests_until',
            field=models.DateTimeField(help_text='It did not answer, or took long: until then it is not asked, so that others have their turn.', null=True),
        ),
    ]
