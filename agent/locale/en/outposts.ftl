# Third parties that are down.
third-party-down = ⚠️ { $name } (a third party) has been down for { $since }: { $detail }
third-party-down-for = ⚠️ { $name } (a third party) has been down for { $since }: { $detail }. { $services } depend on it.
diagnosis-third-party = { $service }, a third party, is down; { $callers } cannot do without it
next-ask-third-party = Ask the people of { $service } when it will be back, and do without it meanwhile where you can
sign-third-party-down = a third party that it depends on is down
