from django.db import migrations


class Migration(migrations.Migration):
    """The public halves of signing keys are kept, and vouched for, by the keystore (consent/seals/vouching.py)."""

    dependencies = [("seals", "0001_keys")]

    operations = [migrations.DeleteModel(name="SigningKey")]
