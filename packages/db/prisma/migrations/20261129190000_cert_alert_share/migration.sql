-- Thresholds of this rule are shares of the certificate's lifetime now: seconds that a person set before mean nothing.
UPDATE "alert_rule" SET "setting" = ("setting"::jsonb - 'thresholds')
WHERE "rule" = 'certificate-ending' AND "setting"::jsonb ? 'thresholds';
