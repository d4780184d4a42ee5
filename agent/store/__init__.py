"""What is remembered, in SQL: one module per noun behind the store port; no decision about incidents may live here."""
