# Actions on caches, databases and silences. Arguments arrive escaped.
action-flush_cache_keys = Delete { $keys } cache keys that begin with “{ $prefix }” (database { $database })
action-flush_cache_keys-what = Deletes the keys of a Redis database that begin with exactly this text. They are counted first; the cache fills again by itself.
action-flush_cache_database = Empty cache database { $database } ({ $keys } keys)
action-flush_cache_database-what = Deletes every key of one Redis database. The other databases of the server are not touched.
action-flush_cache_server = Empty the whole cache server ({ $keys } keys in { $databases } databases)
action-flush_cache_server-what = Deletes every key of every database of a Redis server, whoever uses it.
action-end_queries = End { $count } database queries that run longer than { $seconds } s
action-end_queries-what = Ends the sessions of exactly the listed queries, by process and start time. Work that was not committed is rolled back.
action-restart_database_connections = Restart the database connections of “{ $application }” ({ $count } seen)
action-restart_database_connections-what = Ends the connections of an application that rest at that moment. Its pool opens new ones; a connection that works keeps its work.
action-raise_connection_limit = Raise the connection limit of role “{ $role }” from { $before } to { $limit }
action-raise_connection_limit-what = Lets a database role have more connections at once. It can be restored while nobody else has changed it.
action-silence_alerts = Silence { $alerts } alerts for { $minutes } min: { $matchers }
action-silence_alerts-what = Makes Alertmanager keep quiet about the alerts that match. They still fire and are still counted.
action-expire_silence = End the silence by { $by }: { $matchers }
action-expire_silence-what = Ends a silence before its time. Undoing makes the same silence again until the end that it had.
