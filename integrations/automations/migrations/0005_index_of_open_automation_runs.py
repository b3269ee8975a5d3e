from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('automations', '0004_rest_of_a_destination'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='automationrun',
            index=models.Index(
                condition=models.Q(('due_at__isnull', False), ('is_test', False)),
                fields=['organization', 'automation'],
                name='automation_run_open',
            ),
        ),
    ]
