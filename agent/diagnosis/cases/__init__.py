"""A recorded incident and who is to blame in it, ranked; files, stores and live reads never live here."""
