"""Words for people in every language the bot speaks, and how numbers read in them; never any markup of a chat or terminal."""
