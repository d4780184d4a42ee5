# Third parties that are down.
third-party-down = ⚠️ { $name } (a third party) has been down for { $since }: { $detail }
third-party-down-for = ⚠️ { $name } (a third party) has been down for { $since }: { $detail }. { $services } depend on it.
