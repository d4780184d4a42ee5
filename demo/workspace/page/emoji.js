/** The emoji shortcodes that the page knows, and their search. */

const TABLE = `
rotating_light 🚨 white_check_mark ✅ warning ⚠️ x ❌ red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡
large_green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣 large_brown_circle 🟤 black_circle ⚫ white_circle ⚪
red_square 🟥 large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦
black_large_square ⬛ white_large_square ⬜ large_orange_diamond 🔶 small_orange_diamond 🔸 large_blue_diamond 🔷
small_blue_diamond 🔹 small_red_triangle 🔺 small_red_triangle_down 🔻 no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑
question ❓ exclamation ❗ bangbang ‼️ grey_question ❔ grey_exclamation ❕ information_source ℹ️ bulb 💡 mag 🔍 mag_right 🔎
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 chart 💹 clipboard 📋 memo 📝 pencil2 ✏️ pencil 📝
books 📚 book 📖 notebook 📓 page_facing_up 📄 scroll 📜 bookmark 🔖 bookmark_tabs 📑 label 🏷️ pushpin 📌 round_pushpin 📍
paperclip 📎 link 🔗 file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ calendar 📅 date 📅 spiral_calendar_pad 🗓️
clock1 🕐 clock9 🕘 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚
fire 🔥 boom 💥 zap ⚡ bomb 💣 ambulance 🚑 fire_engine 🚒 hospital 🏥 pill 💊 syringe 💉 adhesive_bandage 🩹 stethoscope 🩺
thermometer 🌡️ sos 🆘 helmet_with_white_cross ⛑️ shield 🛡️ lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑 old_key 🗝️
gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩 toolbox 🧰 construction 🚧 broom 🧹 package 📦
rocket 🚀 airplane ✈️ ship 🚢 anchor ⚓ satellite 🛰️ satellite_antenna 📡 electric_plug 🔌 battery 🔋 computer 💻
desktop_computer 🖥️ keyboard ⌨️ floppy_disk 💾 cd 💿 file_cabinet 🗄️ globe_with_meridians 🌐 earth_asia 🌏 cloud ☁️
robot_face 🤖 brain 🧠 eyes 👀 eye 👁️ ear 👂 bell 🔔 no_bell 🔕 mute 🔇 speaker 🔈 loudspeaker 📢 mega 📣 telephone_receiver 📞
phone ☎️ iphone 📱 pager 📟 email 📧 envelope ✉️ inbox_tray 📥 outbox_tray 📤 speech_balloon 💬 thought_balloon 💭
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 raised_hands 🙌 pray 🙏 wave 👋 muscle 💪 point_up ☝️ point_right 👉
point_left 👈 point_down 👇 raised_hand ✋ hand ✋ handshake 🤝 writing_hand ✍️ saluting_face 🫡 v ✌️ crossed_fingers 🤞
smile 😄 smiley 😃 grinning 😀 slightly_smiling_face 🙂 wink 😉 blush 😊 joy 😂 sweat_smile 😅 laughing 😆 heart_eyes 😍
thinking_face 🤔 neutral_face 😐 face_with_monocle 🧐 sunglasses 😎 sob 😭 cry 😢 disappointed 😞 weary 😩 scream 😱
exploding_head 🤯 face_palm 🤦 shrug 🤷 sleeping 😴 zzz 💤 partying_face 🥳 nerd_face 🤓 hot_face 🥵 cold_face 🥶
heart ❤️ green_heart 💚 yellow_heart 💛 blue_heart 💙 broken_heart 💔 100 💯 star ⭐ star2 🌟 sparkles ✨ tada 🎉 trophy 🏆
medal 🏅 dart 🎯 gift 🎁 checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️ vertical_traffic_light 🚦
traffic_light 🚥 coffee ☕ pizza 🍕 beer 🍺 bug 🐛 snail 🐌 turtle 🐢 rabbit 🐰 elephant 🐘 whale 🐳 octopus 🐙 dog 🐶
cat 🐱 fox_face 🦊 panda_face 🐼 owl 🦉 penguin 🐧 bee 🐝 unicorn_face 🦄 seedling 🌱 herb 🌿 four_leaf_clover 🍀
maple_leaf 🍁 cactus 🌵 sunflower 🌻 cherry_blossom 🌸 sunny ☀️ partly_sunny ⛅ rain_cloud 🌧️ snowflake ❄️ rainbow 🌈
ocean 🌊 mountain ⛰️ moon 🌔 crescent_moon 🌙 house 🏠 office 🏢 factory 🏭 bank 🏦 shopping_trolley 🛒 shopping_bags 🛍️
credit_card 💳 moneybag 💰 money_with_wings 💸 ticket 🎫 hash #️⃣ one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣
eight 8️⃣ nine 9️⃣ zero 0️⃣ keycap_ten 🔟 arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️ arrow_upper_right ↗️
arrow_lower_right ↘️ arrows_counterclockwise 🔄 arrows_clockwise 🔃 leftwards_arrow_with_hook ↩️ rewind ⏪ fast_forward ⏩
arrow_forward ▶️ double_vertical_bar ⏸️ black_square_for_stop ⏹️ repeat 🔁 twisted_rightwards_arrows 🔀 heavy_check_mark ✔️
ballot_box_with_check ☑️ heavy_plus_sign ➕ heavy_minus_sign ➖ recycle ♻️ new 🆕 ok 🆗 up 🆙 cool 🆒 free 🆓 kr 🇰🇷 us 🇺🇸
bust_in_silhouette 👤 busts_in_silhouette 👥 construction_worker 👷 firefighter 🧑‍🚒 technologist 🧑‍💻 scientist 🧑‍🔬
detective 🕵️ health_worker 🧑‍⚕️ crown 👑 compass 🧭 world_map 🗺️ mailbox 📫 newspaper 📰 test_tube 🧪 microscope 🔬
telescope 🔭 straight_ruler 📏 abacus 🧮 balance_scale ⚖️ jigsaw 🧩 game_die 🎲 crystal_ball 🔮 magnet 🧲 bricks 🧱
`;

const BY_NAME = new Map();
for (const [, name, sign] of TABLE.matchAll(/(\S+) (\S+)/g)) BY_NAME.set(name, sign);

/** The shortcodes offered first in a picker. */
export const FAVOURITES = [
  "white_check_mark", "eyes", "+1", "raised_hands", "tada", "pray", "rotating_light", "fire", "warning", "rocket",
  "thinking_face", "heart", "100", "bug", "hourglass_flowing_sand", "chart_with_upwards_trend",
];

/** Return the character of a shortcode without colons, or null. */
export function emojiSign(name) {
  return BY_NAME.get(String(name).replace(/::skin-tone-\d$/, "")) ?? null;
}

/** List shortcodes whose name contains the query, best first, at most `limit`. */
export function findEmoji(query, limit = 8) {
  const wanted = query.toLowerCase();
  const hits = [...BY_NAME.keys()].filter((name) => name.includes(wanted));
  hits.sort((a, b) => Number(b.startsWith(wanted)) - Number(a.startsWith(wanted)) || a.length - b.length);
  return hits.slice(0, limit);
}

/** Replace `:shortcodes:` in plain text by their characters; unknown ones stay. */
export function withEmoji(text) {
  return String(text).replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emojiSign(name) ?? whole);
}

/** Turn a character or a `:shortcode:` into a character. */
export function anyEmoji(value, fallback = "") {
  if (!value) return fallback;
  const name = /^:(.+):$/.exec(value)?.[1];
  return name ? (emojiSign(name) ?? fallback) : value;
}
