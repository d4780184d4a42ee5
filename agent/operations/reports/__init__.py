"""Reports about a day, a week or a month: what is counted, from what, and how it reads; never how it is sent or set."""
