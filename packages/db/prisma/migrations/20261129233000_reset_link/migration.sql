-- A link of `bramble admin reset` gives an account that exists a new password; one without an account makes the first admin.
ALTER TABLE "setup_link" ADD COLUMN "user_id" TEXT REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
