from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE FUNCTION brands_calendar_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A published calendar never changes: publish the next version.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER brands_calendar_stays BEFORE UPDATE OR DELETE ON brands_calendar
    FOR EACH ROW EXECUTE FUNCTION brands_calendar_refuse();
"""
ALLOW = """
DROP TRIGGER brands_calendar_stays ON brands_calendar;
DROP FUNCTION brands_calendar_refuse();
"""


class Migration(migrations.Migration):
    """Clocks point at the calendar they were computed with, and processes keep it in memory."""

    dependencies: ClassVar = [("brands", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
