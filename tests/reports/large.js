// Opens a report with very many findings, and says how long it and its filters take.
//
//     node large.js REPORT.html COUNT
"use strict";
const assert = require("node:assert/strict");
const { pathToFileURL } = require("node:url");
const { launch } = require("./browser.js");

const [html, count] = process.argv.slice(2);

async function main() {
  const browser = await launch();
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", error => wrong.push(error.stack));
  const begin = Date.now();
  await page.goto(pathToFileURL(html).href, { waitUntil: "commit" });
  await page.waitForSelector("#rows details");
  const listed = Date.now() - begin;
  const said = await page.locator("#count").textContent();
  assert.equal(Number(said.match(/[\d,]+/)[0].replaceAll(",", "")), Number(count));
  const painted = await page.evaluate(() => performance.getEntriesByType("paint")
    .find(({ name }) => name === "first-contentful-paint").startTime);
  // From a choice to the list that goes with it, layout included.
  const filter = (name, value) => page.evaluate(([name, value]) => {
    const before = performance.now();
    const next = new URLSearchParams();
    if (value) next.set(name, value);
    const changed = new Promise(done => addEventListener("hashchange", () => setTimeout(() => {
      document.body.getBoundingClientRect();
      done([performance.now() - before, document.getElementById("count").textContent]);
    }), { once: true }));
    location.hash = `${next}&_=${Math.random()}`;
    return changed;
  }, [name, value]);
  const times = {};
  for (const [name, value] of [["severity", "high"], ["region", "eu-central-1"], ["rule", "DNS-003"],
    ["text", "checkout"], ["text", "health check"], ["order", "resource"]]) {
    const [took, text] = await filter(name, value);
    assert.match(text, /findings$/);
    times[`${name} ${value}`] = Math.round(took);
  }
  assert.ok(await page.locator("#rows details").count() <= 100, "few are drawn");
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  assert.deepEqual(wrong, []);
  await browser.close();
  console.log(JSON.stringify({ first_paint_ms: Math.round(painted), listed_ms: listed, filter_ms: times,
    heap_mb: Math.round(heap / 1e6) }));
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
