// Does to a report what people do, and holds what it shows against the JSON report of the same run.
//
//     node page.js REPORT.html REPORT.json RULES.json SCREENSHOTS
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { HtmlValidate } = require("html-validate");
const { launch } = require("./browser.js");

const [html, json, rulesJson, shots] = process.argv.slice(2);
const report = JSON.parse(fs.readFileSync(json, "utf8"));
const rules = new Map(JSON.parse(fs.readFileSync(rulesJson, "utf8")).map(rule => [rule.id, rule]));
const url = pathToFileURL(html).href;
const verdict = finding => finding.waiver ? "waived" : finding.verdict;
const notKnown = "not known";
const facets = {
  verdict: finding => [verdict(finding)],
  severity: finding => [finding.severity],
  rule: finding => [finding.rule],
  domain: finding => [rules.get(finding.rule).domain],
  account: finding => [finding.resource.account ?? notKnown],
  region: finding => [finding.resource.region ?? notKnown],
  type: finding => [finding.resource.type],
  framework: finding => Object.keys(rules.get(finding.rule).frameworks),
};
const labels = { region: "Region" };
const all = report.findings.length;
const PAGE = 100;

async function main() {
  const browser = await launch();
  const wrong = [];
  const open = async (hash = "", options = {}) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.setDefaultTimeout(10_000);
    page.on("console", message => wrong.push(`console: ${message.text()}`));
    page.on("pageerror", error => wrong.push(`error: ${error.stack}`));
    page.on("request", request => {
      if (request.url().split("#")[0] !== url) wrong.push(`request: ${request.url()}`);
    });
    await page.goto(url + hash);
    await page.waitForFunction(() => document.getElementById("count").textContent !== "");
    return page;
  };
  const count = async page => {
    const text = await page.locator("#count").textContent();
    const [first] = text.match(/[\d,]+/);
    return Number(first.replaceAll(",", ""));
  };
  const control = (page, name) => page.locator("#filters label", {
    has: page.locator(`span:text-is("${labels[name] ?? name}")`) }).locator("select, input");
  const counting = (of, findings) => {
    const counts = new Map();
    for (const finding of findings) for (const value of of(finding)) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };
  // The page has seen its new address.
  const settled = (page, hash) => page.waitForFunction(wanted => location.hash === wanted
    && [...new URLSearchParams(wanted.slice(1)).values()].every(value =>
      [...document.querySelectorAll("#chosen button")].some(button => button.textContent.includes(value))), hash);
  const shown = page => page.evaluate(() => location.hash);

  // It opens with everything, and says what the JSON report says.
  const page = await open();
  assert.equal(await count(page), all);
  assert.equal(await page.locator("#rows details").count(), Math.min(PAGE, all));
  const tiles = await page.locator(".tiles b").allTextContents();
  const summary = ["fail", "unknown", "waived", "pass", "not-applicable"].map(word => report.summary[word]);
  assert.deepEqual(tiles.map(tile => Number(tile.replaceAll(",", ""))), summary);
  const firstVerdict = await page.locator("#rows summary .verdict").first().textContent();
  const firstSeverity = await page.locator("#rows summary .tag").first().textContent();
  const failed = report.findings.filter(finding => verdict(finding) === "fail");
  const worst = ["critical", "high", "medium", "low"].find(word => failed.some(finding => finding.severity === word));
  assert.deepEqual([firstVerdict, firstSeverity], ["fail", worst]);
  for (const failure of report.failures)
    assert.ok((await page.locator(".alarm").textContent()).includes(failure.path), failure.path);
  assert.ok(report.coverage.some(cover => cover.status !== "complete"), "the run should have gaps");
  assert.ok(await page.locator(".gaps li").count() > 0);

  // Every value of every filter: its number, and what is left when it is chosen.
  for (const [name, of] of Object.entries(facets)) {
    const select = control(page, name);
    const counts = counting(of, report.findings);
    const options = await select.locator("option").evaluateAll(list =>
      list.filter(option => option.value).map(option => [option.value, option.textContent]));
    assert.deepEqual(new Set(options.map(([value]) => value)), new Set(counts.keys()), name);
    for (const [value, text] of options) {
      const said = text.match(/\(([\d,]+)\)$/)[1].replaceAll(",", "");
      assert.equal(Number(said), counts.get(value), `${name} ${value}: ${text}`);
    }
    for (const [value] of options.slice(0, 12)) {
      await select.selectOption(value);
      assert.equal(await count(page), counts.get(value), `${name} ${value}`);
      assert.equal(await page.locator("#rows details").count(), Math.min(PAGE, counts.get(value)));
    }
    await select.selectOption("");
    assert.equal(await count(page), all);
  }

  // Several at once; the numbers beside the others follow; each can be taken away.
  await control(page, "verdict").selectOption("fail");
  await control(page, "severity").selectOption("high");
  const both = report.findings.filter(finding => verdict(finding) === "fail" && finding.severity === "high");
  assert.equal(await count(page), both.length);
  const byDomain = counting(facets.domain, both);
  for (const [domain, number] of byDomain) {
    const text = await control(page, "domain").locator(`option[value="${domain}"]`).textContent();
    assert.equal(text, `${domain} (${number})`);
  }
  const [domain] = byDomain.keys();
  await control(page, "domain").selectOption(domain);
  assert.equal(await count(page), byDomain.get(domain));
  await page.screenshot({ path: path.join(shots, "filtered.png"), fullPage: true });
  // What is in force is in the address: a colleague who gets it sees the same.
  const same = await open(await shown(page));
  assert.equal(await count(same), byDomain.get(domain));
  await same.close();
  for (let left = 3; left > 0; left -= 1) {
    assert.equal(await page.locator("#chosen button").count(), left);
    await page.locator("#chosen button").first().click();
  }
  assert.equal(await count(page), all);

  // Words, wherever they stand: in the message, the resource, the file, the evidence.
  const told = report.findings.find(finding => verdict(finding) === "fail" && finding.evidence.length > 0);
  for (const words of [told.message, told.resource.address, told.location.path, told.evidence[0].property]) {
    await control(page, "text").fill(words);
    await page.waitForFunction(text => decodeURIComponent(location.hash.replaceAll("+", " ")).includes(text), words);
    const found = await count(page);
    assert.ok(found > 0 && found <= all, `${found} findings with ${words}`);
    assert.ok((await page.locator("#rows .message").allTextContents()).length > 0);
  }
  await control(page, "text").fill("nothing has these words");
  await page.waitForFunction(() => document.getElementById("count").textContent.startsWith("0 of"));
  assert.equal(await page.locator("#rows details").count(), 0);
  await control(page, "text").fill("");
  await page.waitForFunction(() => !location.hash.includes("text="));

  // The charts are links, and lead to as many as they show.
  const cells = await page.locator(".matrix td a").evaluateAll(list =>
    list.map(link => [link.getAttribute("href"), link.textContent]));
  assert.ok(cells.length > 3);
  for (const [href, number] of cells) {
    await page.locator(`.matrix td a[href="${href}"]`).click();
    await settled(page, href);
    assert.equal(await count(page), Number(number), href);
  }
  const inMatrix = cells.reduce((sum, [, number]) => sum + Number(number), 0);
  assert.equal(inMatrix, report.summary.fail + report.summary.unknown);
  for (const [href, number] of await page.locator(".chart tr").evaluateAll(list => list
    .filter(row => row.querySelector("a"))
    .map(row => [row.querySelector("a").getAttribute("href"), row.lastElementChild.textContent]))) {
    await page.evaluate(to => { location.hash = to; }, href);
    await settled(page, href);
    const open = href.includes("verdict=") ? await count(page)
      : report.findings.filter(finding => `#rule=${finding.rule}` === href && ["fail", "unknown"].includes(verdict(finding))).length;
    assert.equal(open, Number(number.replaceAll(",", "")), href);
  }
  await page.close();

  // With the keyboard alone.
  const keys = await open();
  await keys.keyboard.press("Tab");
  assert.equal(await keys.evaluate(() => document.activeElement.className), "skip");
  await keys.keyboard.press("Enter");
  assert.equal(await keys.evaluate(() => document.activeElement.id), "list");
  await keys.keyboard.press("Tab");
  assert.equal(await keys.evaluate(() => document.activeElement.type), "search");
  await keys.keyboard.type(told.resource.address);
  await keys.waitForFunction(() => location.hash.includes("text="));
  for (let press = 0; press < 40; press += 1) {
    await keys.keyboard.press("Tab");
    if (await keys.evaluate(() => document.activeElement.tagName) === "SUMMARY") break;
  }
  await keys.keyboard.press("Enter");
  await keys.locator("#rows details[open] .details").waitFor();
  await keys.keyboard.press("Enter");
  assert.equal(await keys.locator("#rows details[open]").count(), 0);
  await keys.close();

  // A finding opens to what its verdict rests on.
  const opened = async finding => {
    const words = new URLSearchParams({ rule: finding.rule, verdict: verdict(finding), text: finding.message });
    const one = await open(`#${words}`);
    const row = one.locator("#rows details", { hasText: finding.message }).first();
    await row.locator("summary").click();
    await row.locator(".details").waitFor();
    return [one, row];
  };
  {
    const [one, row] = await opened(told);
    const evidence = await row.locator(".evidence").textContent();
    for (const { property } of told.evidence) assert.ok(evidence.includes(property), `${property} in ${evidence}`);
    const text = await row.textContent();
    const rule = rules.get(told.rule);
    for (const reference of rule.references) assert.ok(text.includes(reference.replace("https://", "")), reference);
    await one.close();
  }
  const routed = report.findings.find(finding => (finding.paths ?? []).some(steps => steps.length > 2));
  {
    const [one, row] = await opened(routed);
    assert.equal(await row.locator(".path").count(), routed.paths.length);
    assert.equal(await row.locator(".path li").count(), routed.paths.flat().length);
    assert.ok((await row.locator(".path li").first().textContent()).startsWith(routed.paths[0][0].message));
    await one.screenshot({ path: path.join(shots, "path.png"), fullPage: true });
    await one.close();
  }
  const open_ = report.findings.find(finding => verdict(finding) === "unknown");
  {
    const [one, row] = await opened(open_);
    assert.ok((await row.locator(".note.unknown").textContent()).includes(open_.unknown.reason));
    await one.close();
  }
  const waived = report.findings.find(finding => finding.waiver);
  {
    const [one, row] = await opened(waived);
    const note = await row.locator(".note.waived").textContent();
    for (const part of Object.values(waived.waiver)) assert.ok(note.includes(part), `${part} in ${note}`);
    await one.screenshot({ path: path.join(shots, "waived.png"), fullPage: true });
    await one.close();
  }

  // Page by page.
  const paged = await open();
  const pages = Math.ceil(all / PAGE);
  assert.ok(pages > 1, "more than one page of findings");
  await paged.getByRole("button", { name: "next page" }).click();
  assert.match(await paged.locator("#pager span").textContent(), /^page 2 /);
  await paged.getByRole("button", { name: "last page" }).click();
  assert.equal(await paged.locator("#rows details").count(), all - (pages - 1) * PAGE);
  assert.ok(await paged.getByRole("button", { name: "next page" }).isDisabled());
  await paged.close();

  // Order.
  const ordered = await open("#order=rule");
  const ids = await ordered.locator("#rows .id").allTextContents();
  assert.deepEqual(ids, report.findings.map(finding => finding.rule)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true })).slice(0, PAGE));
  await ordered.close();

  // On paper: what is filtered, each with its evidence, each rule explained once; no controls.
  const paper = await open("#verdict=fail");
  await paper.emulateMedia({ media: "print" });
  await paper.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await paper.locator("#rows details[open] .details").count(), failed.length);
  assert.ok(!await paper.locator("#filters").isVisible());
  assert.ok(await paper.locator("#chosen").isVisible());
  const printed = await paper.locator("#appendix h3").allTextContents();
  assert.deepEqual(printed.map(title => title.split(":")[0]).sort(), [...new Set(failed.map(f => f.rule))].sort());
  assert.ok(await paper.locator("#appendix").isVisible());
  assert.ok(!await paper.locator("#rows .rule").first().isVisible());
  await paper.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.ok(!await paper.locator("#appendix").isVisible());
  assert.equal(await paper.locator("#rows details[open]").count(), 0);
  const pdf = await paper.pdf({ path: path.join(shots, "paper.pdf"), format: "A4", printBackground: true });
  assert.ok(pdf.length > 50_000, `${pdf.length} bytes`);
  await paper.close();

  // A phone, and a dark room. Everyone can use it: axe finds nothing.
  const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  for (const [name, options] of Object.entries({
    light: {},
    dark: { colorScheme: "dark" },
    narrow: { viewport: { width: 360, height: 800 } },
  })) {
    const one = await open("#verdict=fail", options);
    await one.locator("#rows summary").first().click();
    await one.locator("#rows .details").waitFor();
    const wide = await one.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide[0] <= wide[1], `${name}: ${wide[0]} pixels in ${wide[1]}`);
    await one.screenshot({ path: path.join(shots, `${name}.png`), fullPage: name !== "light" });
    await one.evaluate(axe);
    const { violations } = await one.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(node => `${node.html} ${node.failureSummary}`).join("\n")}`), []);
    await one.close();
  }
  assert.deepEqual(wrong, []);

  // Whatever got into it could call nobody.
  const shut = await open();
  const answer = await shut.evaluate(() => fetch("https://example.com/").then(() => "answered", () => "refused"));
  assert.equal(answer, "refused");
  assert.ok(wrong.some(text => text.includes("Content Security Policy")), wrong.join("\n"));
  await browser.close();

  // The file as such.
  const validator = new HtmlValidate({ extends: ["html-validate:standard"], rules: { "long-title": "off" } });
  const { results } = await validator.validateFile(html);
  const mistakes = results.flatMap(({ messages }) => messages).map(m => `${m.line}:${m.column} ${m.ruleId} ${m.message}`);
  assert.deepEqual(mistakes, []);
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
