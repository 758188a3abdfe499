
"use strict";
const parts = [...document.querySelectorAll("script.data")];
const rules = JSON.parse(parts[0].textContent);
const findings = [];
for (const part of parts.slice(1)) for (const finding of JSON.parse(part.textContent)) findings.push(finding);
for (const part of parts) part.remove();

const byId = id => document.getElementById(id);
const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
const number = value => value.toLocaleString("en");

// The worst come first: [fail, unknown, waived, pass, not-applicable] and severity, else as they stand.
const verdicts = ["fail", "unknown", "waived", "pass", "not-applicable"];
const severities = ["critical", "high", "medium", "low"];
const rank = finding => verdicts.indexOf(finding.v) * 4 + severities.indexOf(finding.s);
const ranked = Array.from({ length: verdicts.length * 4 }, () => []);
for (const finding of findings) ranked[rank(finding)].push(finding);
const worstFirst = ranked.flat();

// What one can filter by: a label, and the value or values in a finding.
const notKnown = "not known";
const facets = {
  verdict: ["verdict", f => f.v],
  severity: ["severity", f => f.s],
  rule: ["rule", f => rules[f.r].id, id => `${id}: ${rules.find(rule => rule.id === id).title}`],
  domain: ["domain", f => rules[f.r].domain],
  account: ["account", f => f.c ?? notKnown],
  region: ["Region", f => f.g ?? notKnown],
  type: ["type", f => f.t],
  framework: ["framework", f => Object.keys(rules[f.r].frameworks)],
  control: ["control", f => Object.entries(rules[f.r].frameworks).flatMap(([name, ids]) => ids.map(id => `${name} ${id}`))],
  baseline: ["baseline", f => f.b ?? []],
};
const names = Object.keys(facets);
// Per facet its values in order, and per finding which of them it has: numbers are quick to compare.
const tables = names.map(name => {
  const index = new Map();
  const lists = new Map();
  const number = value => {
    if (!index.has(value)) index.set(value, index.size);
    return index.get(value);
  };
  const has = worstFirst.map(finding => {
    const value = facets[name][1](finding);
    if (!Array.isArray(value)) return number(value);
    // Findings of a rule share one list.
    const key = value.join("\n");
    if (!lists.has(key)) lists.set(key, value.map(number));
    return lists.get(key);
  });
  return { index, has };
});
const orderOf = value => [verdicts, severities].map(list => list.indexOf(value)).find(at => at >= 0) ?? -1;
const inOrder = (a, b) => orderOf(a) - orderOf(b) || a.localeCompare(b, "en", { numeric: true });

// What is in force is in the page's address: a link can be kept, and the charts are links.
const read = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
let chosen = read();
const put = (name, value) => {
  const next = new URLSearchParams(chosen);
  if (value) next.set(name, value); else next.delete(name);
  if (name !== "page") next.delete("page");
  history.replaceState(null, "", `#${next}`);
  chosen = next;
  show();
};

const form = byId("filters");
form.addEventListener("submit", event => event.preventDefault());
const field = (label, control, kind) => {
  const box = element("label", undefined, kind);
  box.append(element("span", label), control);
  form.append(box);
};
const search = element("input");
search.type = "search";
search.placeholder = "message, resource, file, evidence …";
let pause;
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => put("text", search.value), 150);
});
field("text", search, "wide");
const selects = names.map((name, at) => {
  const values = [...tables[at].index.keys()].sort(inOrder);
  if (values.length === 0) return null;
  const select = element("select");
  select.append(new Option("all", ""));
  const [label, , said] = facets[name];
  for (const value of values) {
    const option = new Option(value, value);
    option.dataset.label = said ? said(value) : value;
    select.append(option);
  }
  select.addEventListener("change", () => put(name, select.value));
  field(label, select);
  return select;
});
const orders = {
  "": "worst first",
  rule: "rule",
  resource: "resource",
  place: "file",
};
const sort = element("select");
for (const [value, label] of Object.entries(orders)) sort.append(new Option(label, value));
sort.addEventListener("change", () => put("order", sort.value));
field("order", sort);

const hay = new Map();
function text(finding) {
  let found = hay.get(finding);
  if (found === undefined) {
    const rule = rules[finding.r];
    found = [rule.id, rule.title, finding.m, finding.a, finding.t, finding.n, finding.k, finding.c, finding.g, finding.p,
      finding.x, finding.u?.reason, ...(finding.e ?? []).flat(), ...(finding.w ?? []).flat(2)]
      .filter(part => part).join("\n").toLowerCase();
    hay.set(finding, found);
  }
  return found;
}

let found = [];
// Which findings every filter lets through; beside each value how many there would be with it.
function filter() {
  const words = (chosen.get("text") ?? "").toLowerCase().split(/\s+/).filter(word => word);
  const wanted = names.map((name, at) => {
    const value = chosen.get(name);
    return value === null ? -1 : tables[at].index.get(value) ?? -2;
  });
  const counts = tables.map(table => new Uint32Array(table.index.size));
  const add = (at, i) => {
    const has = tables[at].has[i];
    if (typeof has === "number") counts[at][has] += 1;
    else for (const value of has) counts[at][value] += 1;
  };
  found = [];
  const inForce = [...names.keys()].filter(at => wanted[at] !== -1);
  worstFirst.forEach((finding, i) => {
    let missed = -1;
    for (const at of inForce) {
      const has = tables[at].has[i];
      if (has === wanted[at] || typeof has !== "number" && has.includes(wanted[at])) continue;
      if (missed >= 0) return;
      missed = at;
    }
    if (words.length > 0) {
      const all = text(finding);
      if (!words.every(word => all.includes(word))) return;
    }
    if (missed >= 0) {
      add(missed, i);
      return;
    }
    found.push(finding);
    for (let at = 0; at < names.length; at += 1) add(at, i);
  });
  const keys = {
    rule: f => rules[f.r].id,
    resource: f => f.a,
    place: f => f.p ?? "",
  };
  const key = keys[chosen.get("order")];
  if (key) {
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    const keyed = found.map(finding => [key(finding), finding]);
    found = keyed.sort((a, b) => compare(a[0], b[0])).map(([, finding]) => finding);
  }
  return counts;
}

// Text with `code` in it.
function prose(text) {
  const box = element("div", undefined, "prose");
  for (const paragraph of text.split(/\n\s*\n/)) {
    const p = element("p");
    paragraph.split("`").forEach((piece, i) => p.append(i % 2 ? element("code", piece) : piece));
    box.append(p);
  }
  return box;
}
const link = url => {
  if (!/^https?:/.test(url)) return url;
  const made = element("a", url.replace(/^https?:\/\//, ""));
  made.href = url;
  made.rel = "noreferrer";
  return made;
};
const list = (items, kind, name = "ul") => {
  const made = element(name, undefined, kind);
  for (const item of items) {
    const entry = element("li");
    entry.append(...[item].flat().filter(part => part));
    made.append(entry);
  }
  return made;
};
const at = place => place && element("span", place, "where");

function evidence(rows) {
  const table = element("table", undefined, "evidence");
  for (const [what, value, place] of rows) {
    const row = element("tr");
    const head = element("th");
    head.scope = "row";
    head.append(element("code", what));
    const is = element("td");
    is.append(value.endsWith(" by default") || value === "not set" ? element("i", value) : element("code", value));
    row.append(head, is, element("td", place, "where"));
    table.append(row);
  }
  return table;
}

function explanation(rule, heading) {
  const box = element("div", undefined, "rule");
  const add = (title, ...content) => box.append(element(heading, title, "label"), ...content);
  add("Why", prose(rule.why));
  add("Fix", prose(rule.fix));
  const frameworks = Object.entries(rule.frameworks);
  if (frameworks.length > 0) add("Frameworks", list(frameworks.map(([name, ids]) => `${name}: ${ids.join(", ")}`)));
  if (rule.references.length > 0) add("References", list(rule.references.map(link)));
  return box;
}

function details(finding) {
  const rule = rules[finding.r];
  const box = element("div", undefined, "details");
  const facts = element("dl");
  const add = (name, ...values) => {
    const kept = values.filter(value => value);
    if (kept.length === 0) return;
    facts.append(element("dt", name));
    for (const value of kept) {
      const item = element("dd");
      item.append(value);
      facts.append(item);
    }
  };
  if (finding.x) box.append(element("p", `Waived: ${finding.x}`, "note waived"));
  add("rule", `${rule.id}: ${rule.title}`);
  add("resource", element("code", finding.a), finding.t, finding.n && element("code", finding.n));
  add("account, Region", [finding.c, finding.g].filter(part => part).join(", "));
  add("construct", finding.k);
  add("baseline", finding.b);
  box.append(facts);
  const section = (title, ...content) => box.append(element("h3", title, "label"), ...content);
  const { u } = finding;
  if (u) {
    const why = element("div", undefined, "note unknown");
    why.append(element("p", u.reason));
    const because = (u.because ?? []).filter(([, reason]) => reason !== u.reason);
    if (because.length > 0) why.append(list(because.map(([property, reason]) => [element("code", property), `: ${reason}`])));
    for (const [word, when] of [["Fails when", u.fails], ["Passes when", u.passes]])
      if (when) why.append(element("p", `${word}:`), list(when));
    section("Why it is not known", why);
  }
  if (finding.e) section("Evidence", evidence(finding.e));
  if (finding.w) section(finding.w.length > 1 ? "Paths" : "Path", ...finding.w.map(path =>
    list(path.map(([what, place]) => [element("span", what), at(place)]), "path", "ol")));
  if (finding.o) section("See also", list(finding.o.map(([what, place]) => [`${what} `, at(place)])));
  if (finding.f) section("Settings that pass", element("pre", finding.f));
  box.append(explanation(rule, "h3"));
  return box;
}

function row(finding, open) {
  const rule = rules[finding.r];
  const box = element("details", undefined, `row ${finding.v}`);
  const head = element("summary");
  const main = element("span", undefined, "main");
  main.append(element("span", finding.m, "message"));
  const where = finding.p ?? [finding.c, finding.g, finding.a].filter(part => part).join(" ");
  main.append(element("span", where, "where"));
  head.append(element("span", finding.s, `tag ${finding.s}`),
    element("span", finding.v.replace("-", " "), `verdict ${finding.v}`), element("b", rule.id, "id"), main);
  box.append(head);
  const fill = () => {
    if (box.open && box.childElementCount === 1) box.append(details(finding));
  };
  box.addEventListener("toggle", fill);
  if (open) {
    box.open = true;
    fill();
  }
  return box;
}

const PAGE = 100;
const rows = byId("rows");
const pager = byId("pager");
const pageCount = () => Math.max(1, Math.ceil(found.length / PAGE));
const page = () => Math.min(pageCount(), Math.max(1, Number.parseInt(chosen.get("page") ?? "1", 10) || 1));

function draw() {
  const first = (page() - 1) * PAGE;
  rows.replaceChildren(...found.slice(first, first + PAGE).map(finding => row(finding)));
  const last = pageCount();
  pager.hidden = last === 1;
  const go = (label, name, to) => {
    const button = element("button", label);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.disabled = to < 1 || to > last || to === page();
    button.addEventListener("click", () => {
      put("page", String(to));
      byId("list").scrollIntoView();
      rows.querySelector("summary")?.focus({ preventScroll: true });
    });
    return button;
  };
  pager.replaceChildren(go("«", "first page", 1), go("‹", "previous page", page() - 1),
    element("span", `page ${number(page())} of ${number(last)}`), go("›", "next page", page() + 1), go("»", "last page", last));
}

function show() {
  const counts = filter();
  selects.forEach((select, at) => {
    if (!select) return;
    for (const option of select.options) {
      if (option.value === "") continue;
      const count = counts[at][tables[at].index.get(option.value)];
      option.textContent = `${option.dataset.label} (${number(count)})`;
      option.hidden = count === 0;
    }
    select.value = chosen.get(names[at]) ?? "";
  });
  if (document.activeElement !== search) search.value = chosen.get("text") ?? "";
  sort.value = chosen.get("order") ?? "";
  byId("count").textContent = found.length === findings.length
    ? `${number(findings.length)} findings` : `${number(found.length)} of ${number(findings.length)} findings`;
  const tags = [...names, "text"].filter(name => chosen.get(name)).map(name => {
    const item = element("li");
    const label = facets[name]?.[0] ?? name;
    const button = element("button", `${label}: ${chosen.get(name)}`);
    button.type = "button";
    button.append(element("span", " ✕", "x"));
    button.setAttribute("aria-label", `remove the filter ${label}: ${chosen.get(name)}`);
    button.addEventListener("click", () => {
      if (name === "text") search.value = "";
      put(name, "");
    });
    item.append(button);
    return item;
  });
  byId("chosen").replaceChildren(...tags);
  draw();
}

addEventListener("hashchange", () => {
  if (!location.hash.includes("=")) return;
  chosen = read();
  search.value = chosen.get("text") ?? "";
  show();
  byId("list").scrollIntoView();
  byId("list").focus({ preventScroll: true });
});

// Paper has everything that is filtered, each with its evidence, and every rule once. Nobody prints more than so many.
const PRINTED = 2000;
const appendix = byId("appendix");
addEventListener("beforeprint", () => {
  const printed = found.slice(0, PRINTED);
  rows.replaceChildren(...printed.map(finding => row(finding, true)));
  if (printed.length < found.length)
    rows.append(element("p", `The first ${number(PRINTED)} of ${number(found.length)}: filter to print others.`, "note"));
  const told = [...new Set(printed.map(finding => finding.r))].sort((a, b) => a - b);
  appendix.replaceChildren(appendix.firstElementChild, ...told.map(at => {
    const box = element("article");
    box.append(element("h3", `${rules[at].id}: ${rules[at].title}`), explanation(rules[at], "h4"));
    return box;
  }));
  appendix.hidden = told.length === 0;
});
addEventListener("afterprint", () => {
  appendix.hidden = true;
  draw();
});
show();
