import django.db.models.deletion
import portal.organizations.scope
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_budget'),
        ('organizations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnApplication',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('sealed', models.BinaryField()),
                ('provider', models.CharField(max_length=64)),
                ('sign_in', models.CharField(max_length=64)),
                ('client_id', models.CharField(max_length=200)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(default=portal.organizations.scope.current_organization_id, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'provider', 'sign_in'), name='one_own_application')],
            },
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('status__isnull', True), ('status__gte', 400), _connector='OR'), fields=['connection', '-id'], name='failed_call'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='application',
            field=models.ForeignKey(help_text="Empty: the operator's.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='authorizations', to='connections.ownapplication'),
        ),
        migrations.AddField(
            model_name='credential',
            name='application',
            field=models.ForeignKey(help_text="Empty: the operator's, or none.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='credentials', to='connections.ownapplication'),
        ),
    ]
