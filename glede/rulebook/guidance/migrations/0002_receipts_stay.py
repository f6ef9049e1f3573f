from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE FUNCTION guidance_refuse_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A receipt never changes.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER guidance_receipt_stays BEFORE UPDATE OR DELETE ON guidance_receipt
    FOR EACH ROW EXECUTE FUNCTION guidance_refuse_receipt();
"""
ALLOW = """
DROP TRIGGER guidance_receipt_stays ON guidance_receipt;
DROP FUNCTION guidance_refuse_receipt();
"""


class Migration(migrations.Migration):
    """Who had read what, and when, is evidence."""

    dependencies: ClassVar = [("guidance", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
