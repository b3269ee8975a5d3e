from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BudgetBucket',
            fields=[
                ('name', models.CharField(max_length=300, primary_key=True, serialize=False)),
                ('used_at', models.DateTimeField(help_text='When somebody last asked for a call.')),
                ('closed_until', models.DateTimeField(help_text='The provider itself asked to wait until then.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BudgetUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bucket', models.CharField(max_length=300)),
                ('organization_id', models.UUIDField()),
                ('slice', models.DateTimeField(help_text='When it began.')),
                ('urgency', models.PositiveSmallIntegerField(help_text='The higher, the more urgent.')),
                ('calls', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bucket', 'organization_id', 'slice', 'urgency'), name='one_use_a_slice')],
            },
        ),
        migrations.CreateModel(
            name='BudgetWait',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bucket', models.CharField(max_length=300)),
                ('organization_id', models.UUIDField()),
                ('of_share', models.FloatField(help_text='The part of its share that it may claim, by what was turned away.')),
                ('until', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bucket', 'organization_id'), name='one_wait_an_organization')],
            },
        ),
    ]
