from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0001_initial'),
        ('operations', '0002_run_errors_and_files'),
        ('organizations', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='form_id',
            field=models.UUIDField(editable=False, help_text='The form that it was asked for with, which may be sent once.', null=True),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('organization', 'form_id'), name='one_run_a_form'),
        ),
    ]
