"""Steps that bring a database from any older schema to the present one; a released step is never changed."""
