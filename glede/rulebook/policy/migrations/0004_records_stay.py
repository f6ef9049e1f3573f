from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE TRIGGER policy_approval_stays BEFORE INSERT OR UPDATE OR DELETE ON policy_approval
    FOR EACH ROW EXECUTE FUNCTION policy_refuse_part();
CREATE FUNCTION policy_refuse_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'A finished review never changes: start another.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER policy_review_stays BEFORE UPDATE OR DELETE ON policy_review
    FOR EACH ROW EXECUTE FUNCTION policy_refuse_review();
"""
ALLOW = """
DROP TRIGGER policy_review_stays ON policy_review;
DROP FUNCTION policy_refuse_review();
DROP TRIGGER policy_approval_stays ON policy_approval;
"""


class Migration(migrations.Migration):
    """The record of an approval binds with the version; a finished review is evidence."""

    dependencies: ClassVar = [("policy", "0003_life")]
    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
