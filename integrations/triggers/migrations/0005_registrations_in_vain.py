from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triggers', '0004_replays'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='registrations',
            field=models.PositiveSmallIntegerField(default=0, help_text='In a row, none of which has brought a delivery yet.'),
        ),
    ]
