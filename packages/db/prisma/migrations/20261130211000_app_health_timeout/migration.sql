-- The timeout of a health check was written with every app, whoever chose it: without one, that of bramble.yaml holds.
UPDATE cluster SET settings = jsonb_set(settings::jsonb, '{apps}', (
  SELECT jsonb_agg(CASE WHEN app #> '{health,timeout}' = '60'::jsonb THEN app #- '{health,timeout}' ELSE app END ORDER BY place)
  FROM jsonb_array_elements(settings::jsonb -> 'apps') WITH ORDINALITY AS listed (app, place)
))
WHERE jsonb_typeof(settings::jsonb -> 'apps') = 'array' AND jsonb_array_length(settings::jsonb -> 'apps') > 0;
