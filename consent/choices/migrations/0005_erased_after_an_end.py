"""Every end of a consent says on which day what was captured is deleted, not a withdrawal alone.

The wider rule is added unchecked and then validated, which stops nobody who writes.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("choices", "0004_one_receipt_several_decisions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE choices_decision ADD CONSTRAINT erased_after_an_end"
                    " CHECK (erase_after IS NULL OR NOT (state IN ('undecided', 'given', 'refused'))) NOT VALID",
                    "ALTER TABLE choices_decision DROP CONSTRAINT erased_after_an_end",
                ),
                migrations.RunSQL(
                    "ALTER TABLE choices_decision VALIDATE CONSTRAINT erased_after_an_end", migrations.RunSQL.noop
                ),
                migrations.RunSQL(
                    "ALTER TABLE choices_decision DROP CONSTRAINT erased_after_withdrawal",
                    "ALTER TABLE choices_decision ADD CONSTRAINT erased_after_withdrawal"
                    " CHECK (erase_after IS NULL OR state = 'withdrawn') NOT VALID",
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="decision", name="erased_after_withdrawal"),
                migrations.AddConstraint(
                    model_name="decision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("erase_after__isnull", True),
                            models.Q(("state__in", ["undecided", "given", "refused"]), _negated=True),
                            _connector="OR",
                        ),
                        name="erased_after_an_end",
                    ),
                ),
            ],
        ),
    ]
