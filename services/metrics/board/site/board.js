// The board of one division: drawn from /board/data, and again whenever /board/events has something new.
// A word is looked up in words.json, in the language of ?lang=, else the browser's.

const asked = new URLSearchParams(location.search);
const spoken = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each === "zh" || each === "en");
const lang = ["zh", "en"].includes(asked.get("lang")) ? asked.get("lang") : spoken ?? "zh";
const query = asked.has("division") ? `?division=${encodeURIComponent(asked.get("division"))}` : "";
const words = (await fetch("/board/words.json").then((found) => found.json()))[lang];
const number = new Intl.NumberFormat(lang);
const moment = new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
});
const SPEAK_EVERY = 15_000;
const TIERS = ["village", "town", "county", "city"];
const KINDS = ["petition", "case", "incident", "lawsuit"];

const at = (id) => document.getElementById(id);

/** An element with attributes and children; text is never markup. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const linkTo = (division, language = lang) => `/board?${new URLSearchParams({ division, lang: language })}`;
const named = (place) => make("span", { lang: "zh" }, place.name);
const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;

/** A number that is marked when it is another than at the last drawing; `key` says which number it is. */
const before = new Map();
function counted(key, n) {
  const shown = make("span", { "data-n": key }, number.format(n));
  if (before.has(key) && before.get(key) !== n) shown.className = "changed";
  before.set(key, n);
  return shown;
}

function flow(board) {
  const all = board.flow.reduce((sum, tier) => sum + tier.settled, 0);
  return board.flow.map((tier, nth) => {
    const item = make("li", { class: tier.tier },
      make("h3", {}, words[tier.tier]),
      make("p", { class: "big" }, counted(`open.${tier.tier}`, tier.open), " ", make("small", {}, words.open)),
      make("p", {}, `${words.overdue} `, counted(`overdue.${tier.tier}`, tier.overdue)),
      make("p", {}, `${words.settled} `, counted(`settled.${tier.tier}`, tier.settled), all ? ` · ${percent(tier.settled / all)}` : "",
        ` (${number.format(tier.settled_today)})`),
    );
    if (nth < TIERS.length - 1) {
      const said = `${words[tier.tier]}: ${words.rises_to} ${tier.risen} (${words.today} ${tier.risen_today})`;
      item.append(make("p", { class: "rises", title: said },
        make("span", { class: "unseen" }, `${words.rises_to} `), counted(`risen.${tier.tier}`, tier.risen), ` (${tier.risen_today})`));
    }
    return item;
  });
}

const colours = (board) => Object.entries(board.colours).map(([colour, n]) =>
  make("div", { class: colour }, make("dt", {}, make("i"), words[colour]), make("dd", {}, counted(`colour.${colour}`, n))));

function fast(board) {
  const raised = make("div", {}, make("dt", {}, words.raised),
    make("dd", {}, counted("raised", board.raised), make("small", {}, ` ${words.today} ${board.raised_today}`)));
  const steps = board.steps.map((step) => make("div", {}, make("dt", {}, words[step.step]),
    make("dd", {}, step.denominator ? percent(step.numerator / step.denominator) : "–",
      make("small", {}, ` ${step.numerator}/${step.denominator}`))));
  return [raised, ...steps];
}

/** A bar of the tiers that settled, as wide as all of them together; in words for whoever cannot see it. */
function shares(settled) {
  const all = TIERS.reduce((sum, tier) => sum + settled[tier], 0);
  const said = all
    ? TIERS.filter((tier) => settled[tier]).map((tier) => `${words[tier]}\u00a0${percent(settled[tier] / all, 0)}`).join(" · ")
    : words.nothing_settled;
  let x = 0;
  const bars = TIERS.map((tier) => {
    const width = all ? (settled[tier] / all) * 100 : 0;
    x += width;
    return drawn("rect", { class: tier, x: x - width, y: 0, width, height: 10 });
  });
  const bar = drawn("svg", { class: "share", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
  return [bar, make("p", {}, said)];
}

function part(each) {
  const inside = [
    make("b", { lang: "zh" }, each.name), each.own ? ` (${words.own})` : "",
    ...(each.known ? figures(each) : [make("p", {}, words.not_here)]),
  ];
  return make("li", {}, each.own || !each.known ? make("div", {}, ...inside) : make("a", { href: linkTo(each.code) }, ...inside));
}

/** What speaks against a village this month. */
const against = (each) => KINDS.filter((kind) => each.three_none[kind]).map((kind) => `${words[kind]} ${each.three_none[kind]}`).join(" · ") || words.nothing_against;

function figures(each) {
  const kinds = KINDS.filter((kind) => each.three_none[kind]).map((kind) => `${words[kind]} ${each.three_none[kind]}`);
  return [
    ...shares(each.settled),
    make("p", {}, `${words.open} `, counted(`open.${each.code}`, each.open), each.red ? make("strong", {}, ` · ${words.red} ${each.red}`) : ""),
    make("p", {}, `${words.three_none}: ${kinds.join(" · ") || 0}`),
    each.own ? "" : make("p", {}, `${words.spared}: ${each.spared}/${each.villages}`),
  ];
}

function parts(board) {
  at("parts-note").textContent = { town: words.villages, county: words.by_town, city: words.by_county }[board.level];
  at("h-parts").textContent = board.level === "town" ? words.villages_of : words.parts;
  at("key").hidden = board.level === "town";
  at("key").replaceChildren(...TIERS.map((tier) => make("li", { class: tier }, make("i"), words[tier])));
  const villages = board.villages.map((each) => make("li", {}, make("div", {}, named(each), make("p", {}, against(each)))));
  return board.level === "town" ? villages : board.parts.map(part);
}

/** The value of a period; null where nothing is known of it. */
function valueOf(row, period) {
  if (row.form === "count") return period.count ?? null;
  return period.denominator ? (period.numerator / period.denominator) * row.per : null;
}

function told(row, value) {
  if (value === null) return "–";
  return row.form === "share" ? percent(value) : number.format(Math.round(value * 100) / 100);
}

function trend(row) {
  const values = row.periods.map((period) => valueOf(row, period));
  const known = values.filter((value) => value !== null);
  if (!known.length) return "";
  const all = row.reference === null ? known : [...known, row.reference];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value) => (high === low ? 20 : 36 - ((value - low) / (high - low)) * 32);
  const x = (nth) => 4 + (nth * 232) / Math.max(values.length - 1, 1);
  const points = values.flatMap((value, nth) => (value === null ? [] : [[x(nth), y(value)]]));
  const [first, last] = [known[0], known.at(-1)];
  const way = last > first ? words.up : last < first ? words.down : words.same;
  const label = `${words.trend}: ${told(row, first)} → ${told(row, last)}, ${way}`;
  const line = row.reference === null ? [] : [drawn("line", { x1: 0, x2: 240, y1: y(row.reference), y2: y(row.reference) })];
  return drawn("svg", { class: "trend", viewBox: "0 0 240 40", role: "img", "aria-label": label },
    ...line, drawn("polyline", { points: points.map((each) => each.join(",")).join(" ") }),
    drawn("circle", { cx: points.at(-1)[0], cy: points.at(-1)[1], r: 3.5 }));
}

function table(row) {
  const sides = row.form === "count" ? ["count"] : ["numerator", "denominator"];
  const heads = ["period", ...sides, ...(row.form === "count" ? [] : ["value"])];
  const lines = row.periods.toReversed().map((period) => make("tr", {},
    make("th", { scope: "row" }, row.period === "month" ? period.start.slice(0, 7) : row.period === "year" ? period.start.slice(0, 4) : period.start),
    ...sides.map((side) => make("td", {}, period[side] === undefined ? "–" : number.format(period[side]))),
    ...(row.form === "count" ? [] : [make("td", {}, period.contradicted ? words.contradicted : told(row, valueOf(row, period)))])));
  return make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, words[head])))), make("tbody", {}, ...lines));
}

const unfolded = new Set();
function planned(row) {
  const last = row.periods.findLast((period) => valueOf(row, period) !== null);
  const value = last ? valueOf(row, last) : null;
  const sides = !last ? words.none : row.form === "count" ? "" : `${number.format(last.numerator)} / ${number.format(last.denominator)}`;
  const when = last ? (row.period === "year" ? last.start.slice(0, 4) : last.start.slice(0, row.period === "month" ? 7 : 10)) : "";
  const reference = row.reference === null ? words.no_reference : `${words.reference} ${told(row, row.reference)}`;
  const details = make("details", {}, make("summary", { "aria-label": `${words.periods}: ${words[row.name]}` }, words.periods), table(row),
    make("p", { class: "note" }, [row.definition[lang], row.reference_note[lang]].filter(Boolean).join(" ")));
  details.open = unfolded.has(row.name);
  details.addEventListener("toggle", () => (details.open ? unfolded.add(row.name) : unfolded.delete(row.name)));
  return make("li", { id: `plan-${row.name}` },
    make("h3", {}, make("span", {}, String(row.plan)), words[row.name]),
    make("p", { class: "value" }, told(row, value), make("small", {}, ` ${[sides, when].filter(Boolean).join(" · ")}`)),
    trend(row), make("p", { class: "note" }, `${reference} · ${row.observed ? words.observed : words.events}`), details);
}

const risen = (board) => board.risen.map((rise) => make("li", {},
  make("time", { datetime: rise.at }, moment.format(new Date(rise.at))), named(rise.town),
  make("span", {}, words[`group.${rise.category.split(".")[0]}`] ?? rise.category),
  make("span", {}, `${words[rise.from_tier]} → ${words[rise.tier]}`)));

let silentUntil = 0;
function speak(board) {
  const open = board.flow.reduce((sum, tier) => sum + tier.open, 0);
  if (Date.now() < silentUntil) return;
  silentUntil = Date.now() + SPEAK_EVERY;
  at("spoken").textContent = `${words.open} ${open}, ${words.red} ${board.colours.red}, ${words.risen_from} ${words.today} ` +
    board.flow.reduce((sum, tier) => sum + tier.risen_today, 0);
}

/** Draws all of it anew; what had the focus, and what was unfolded, is as before. */
function show(board) {
  const focus = focused();
  at("trouble").hidden = true;
  at("main").hidden = false;
  at("place").textContent = board.division.name;
  document.title = `${board.division.name} · ${words.title}`;
  at("now").dateTime = board.now;
  at("now").textContent = `${words.as_of} ${moment.format(new Date(board.now))}`;
  at("way").replaceChildren(...board.above.map((place) => make("a", { href: linkTo(place.code), lang: "zh" }, place.name)));
  at("languages").replaceChildren(...[["zh", "中文"], ["en", "English"]].map(([code, name]) =>
    code === lang ? make("b", { lang: code, "aria-current": "true" }, name) : make("a", { lang: code, hreflang: code, href: linkTo(board.division.code, code) }, name)));
  at("flow").replaceChildren(...flow(board));
  at("colours").replaceChildren(...colours(board));
  at("fast").replaceChildren(...fast(board));
  at("parts").replaceChildren(...parts(board));
  at("plan").replaceChildren(...board.indicators.map(planned));
  at("risen").replaceChildren(...(board.risen.length ? risen(board) : [make("li", {}, words.no_risen)]));
  at("counties").replaceChildren(...board.counties.map((place) => make("li", {}, make("a", { href: linkTo(place.code), lang: "zh" }, place.name))));
  focus?.()?.focus({ preventScroll: true });
  speak(board);
}

/** How to find again what has the focus now, once it was drawn anew; nothing where it stays. */
function focused() {
  const now = document.activeElement;
  const href = now?.getAttribute("href");
  if (href && now.closest("#main, nav, footer")) return () => document.querySelector(`a[href="${CSS.escape(href)}"]`);
  const row = now?.closest("#plan > li")?.id;
  return row ? () => at(row)?.querySelector("summary") : null;
}

function link(isLive, said = isLive ? words.live : words.lost) {
  at("link").textContent = said;
  at("link").classList.toggle("lost", !isLive);
}

/** A wrong question ends the stream for good: say what the service says, and ask again in a while. */
async function complain() {
  const answer = await fetch(`/board/data${query}`).catch(() => null);
  if (answer?.ok) return show(await answer.json());
  at("main").hidden = true;
  link(false, answer ? words.refused : words.lost);
  at("trouble").textContent = [words.trouble, ...(answer ? [await answer.text()] : [])].join(": ");
  at("trouble").hidden = false;
}

let events = null;
function listen() {
  events?.close();
  events = new EventSource(`/board/events${query}`);
  events.onopen = () => link(true);
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.onerror = async () => {
    link(false);
    if (events.readyState !== EventSource.CLOSED) return;
    await complain();
    setTimeout(listen, 5_000);
  };
}

document.documentElement.lang = lang;
for (const each of document.querySelectorAll("[data-word]")) each.textContent = words[each.dataset.word];
for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", words[each.dataset.label]);
// A page that is kept for the way back would keep its stream, and a browser has but six for a host.
addEventListener("pagehide", () => events.close());
addEventListener("pageshow", (event) => event.persisted && listen());
listen();
