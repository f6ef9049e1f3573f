from typing import ClassVar

from django.db import migrations

REFUSE = """
CREATE FUNCTION policy_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.approved_at IS NOT NULL THEN
        RAISE EXCEPTION 'An approved policy version never changes: write the next one.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE FUNCTION policy_refuse_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id]
        WHEN 'DELETE' THEN ARRAY[OLD.version_id] ELSE ARRAY[OLD.version_id, NEW.version_id] END;
BEGIN
    IF EXISTS (SELECT 1 FROM policy_version WHERE id = ANY(touched) AND approved_at IS NOT NULL) THEN
        RAISE EXCEPTION 'An approved policy version never changes: write the next one.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER policy_version_stays BEFORE UPDATE OR DELETE ON policy_version
    FOR EACH ROW EXECUTE FUNCTION policy_refuse_version();
CREATE TRIGGER policy_clause_stays BEFORE INSERT OR UPDATE OR DELETE ON policy_clause
    FOR EACH ROW EXECUTE FUNCTION policy_refuse_part();
CREATE TRIGGER policy_rule_stays BEFORE INSERT OR UPDATE OR DELETE ON policy_rule
    FOR EACH ROW EXECUTE FUNCTION policy_refuse_part();
"""
ALLOW = """
DROP TRIGGER policy_rule_stays ON policy_rule;
DROP TRIGGER policy_clause_stays ON policy_clause;
DROP TRIGGER policy_version_stays ON policy_version;
DROP FUNCTION policy_refuse_part();
DROP FUNCTION policy_refuse_version();
"""


class Migration(migrations.Migration):
    """What was approved binds; processes keep it in memory, and clocks point at it."""

    dependencies: ClassVar = [("policy", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
