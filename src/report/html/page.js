"use strict";
const { rules, findings } = JSON.parse(document.getElementById("data").textContent);
const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
// What one can filter by: its name, and its value or values in a finding.
const unknown = "not known";
const facets = {
  verdict: f => f.v,
  severity: f => f.s,
  rule: f => rules[f.r].id,
  domain: f => rules[f.r].domain,
  account: f => f.c ?? unknown,
  Region: f => f.g ?? unknown,
  type: f => f.t,
  framework: f => Object.keys(rules[f.r].frameworks),
  baseline: f => f.b ?? [],
};
const chosen = {};
let words = "";
const form = document.getElementById("filters");
form.addEventListener("submit", event => event.preventDefault());
for (const [name, of] of Object.entries(facets)) {
  const counts = new Map();
  for (const finding of findings)
    for (const value of [of(finding)].flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size === 0) continue;
  const label = element("label", name);
  const select = element("select");
  select.append(new Option("all", ""));
  const order = { critical: 0, high: 1, medium: 2, low: 3, fail: 0, unknown: 1, waived: 2 };
  const values = [...counts.keys()].sort((a, b) =>
    (order[a] ?? 9) - (order[b] ?? 9) || (a < b ? -1 : 1));
  for (const value of values) select.append(new Option(`${value} (${counts.get(value)})`, value));
  select.addEventListener("change", () => { chosen[name] = select.value; show(); });
  label.append(select);
  form.append(label);
}
const search = element("input");
search.type = "search";
let pause;
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => { words = search.value.toLowerCase(); show(); }, 150);
});
const searchLabel = element("label", "text");
searchLabel.append(search);
form.append(searchLabel);

const PAGE = 200;
// Nobody prints more.
const PRINTED = 5000;
const rows = document.getElementById("rows");
const more = document.getElementById("more");
const count = document.getElementById("count");
let found = [];
let shown = 0;

function matches(finding) {
  for (const [name, value] of Object.entries(chosen))
    if (value && ![facets[name](finding)].flat().includes(value)) return false;
  if (!words) return true;
  return [finding.m, finding.a, finding.t, finding.n, finding.p, rules[finding.r].id,
    rules[finding.r].title].some(text => text && text.toLowerCase().includes(words));
}

function details(finding) {
  const rule = rules[finding.r];
  const list = element("dl");
  const add = (name, ...values) => {
    const kept = values.filter(value => value);
    if (kept.length === 0) return;
    list.append(element("dt", name));
    const item = element("dd");
    kept.forEach((value, i) => {
      if (i > 0) item.append(element("br"));
      item.append(value);
    });
    list.append(item);
  };
  add("rule", `${rule.id}: ${rule.title}`);
  add("resource", `${finding.t} ${finding.a}`, finding.n);
  add("account, Region", [finding.c, finding.g].filter(part => part).join(", "));
  add("at", finding.p);
  add("evidence", ...(finding.e ?? []));
  add("unknown", ...(finding.u ?? []));
  add("ways", ...(finding.w ?? []));
  add("see also", ...(finding.o ?? []));
  add("waived", finding.x);
  add("baseline", finding.b);
  add("why", rule.why.trim());
  add("fix", rule.fix.trim());
  if (finding.f) add("settings", element("pre", finding.f.trim()));
  add("frameworks", ...Object.entries(rule.frameworks).map(([name, ids]) => `${name}: ${ids.join(", ")}`));
  add("references", ...rule.references.map(url => {
    if (!/^https?:/.test(url)) return url;
    const link = element("a", url);
    link.href = url;
    link.rel = "noreferrer";
    return link;
  }));
  return list;
}

function row(finding) {
  const box = element("details", undefined, "row");
  const head = element("summary");
  head.append(element("span", finding.s, `tag ${finding.s}`), ` ${finding.v} `,
    element("b", rules[finding.r].id), ` ${finding.m} `,
    element("span", finding.p ?? [finding.c, finding.g].filter(part => part).join(" "), "where"));
  box.append(head);
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(details(finding));
  });
  return box;
}

function extend(by) {
  const part = document.createDocumentFragment();
  for (const finding of found.slice(shown, shown + by)) part.append(row(finding));
  rows.append(part);
  shown = Math.min(found.length, shown + by);
  count.textContent = `${found.length} of ${findings.length} findings` +
    (shown < found.length ? `, the first ${shown} shown` : "");
  more.hidden = shown >= found.length;
}

function show() {
  found = findings.filter(matches);
  shown = 0;
  rows.replaceChildren();
  extend(PAGE);
}

more.addEventListener("click", () => extend(PAGE));
addEventListener("beforeprint", () => { if (shown < PRINTED) extend(PRINTED - shown); });
show();
