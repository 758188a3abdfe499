// A headless Chromium for the tests. On Linux with x86-64 it is the one inside an npm package, with the libraries and fonts
// that it needs beside it; elsewhere, or if CHROMIUM says so, one that is installed.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { pipeline } = require("node:stream/promises");
const { createBrotliDecompress } = require("node:zlib");
const { chromium } = require("playwright-core");

// Its module is for another version of Node.js; its files are what is needed.
const PACKED = path.join(process.env.NODE_PATH, "@sparticuz", "chromium");

// Unpacks it, once. Another run never finds half of it.
async function unpacked() {
  const { version } = JSON.parse(fs.readFileSync(path.join(PACKED, "package.json"), "utf8"));
  const home = path.join(PACKED, "..", "..", "..", `chromium-${version}`);
  if (fs.existsSync(home)) return home;
  const tar = require("tar-fs");
  const fresh = `${home}.${process.pid}`;
  fs.mkdirSync(fresh, { recursive: true });
  const unpack = (name, into) =>
    pipeline(fs.createReadStream(path.join(PACKED, "bin", `${name}.br`)), createBrotliDecompress(), into);
  await unpack("chromium", fs.createWriteStream(path.join(fresh, "chromium"), { mode: 0o755 }));
  for (const name of ["al2023.tar", "fonts.tar", "swiftshader.tar"]) await unpack(name, tar.extract(fresh));
  fs.writeFileSync(path.join(fresh, "fonts.conf"), `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${home}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${home}/cache</cachedir></fontconfig>
`);
  try {
    fs.renameSync(fresh, home);
  } catch (error) {
    if (!fs.existsSync(home)) throw error;
    fs.rmSync(fresh, { recursive: true });
  }
  return home;
}

function installed() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome.exe", "msedge.exe"];
  const known = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
  const all = [...folders.flatMap(folder => names.map(name => path.join(folder, name))), ...known];
  const found = all.find(file => fs.existsSync(file));
  if (!found)
    throw new Error("the HTML report is tested in Chromium, and there is none: install it (apt-get install chromium, " +
      "brew install --cask chromium), or say in CHROMIUM where it is");
  return found;
}

exports.launch = async () => {
  // Whoever runs the tests may be root, for whom Chromium has no sandbox; the page is our own.
  const options = { args: ["--no-sandbox"] };
  if (process.env.CHROMIUM) return chromium.launch({ ...options, executablePath: process.env.CHROMIUM });
  if (process.platform !== "linux" || process.arch !== "x64")
    return chromium.launch({ ...options, executablePath: installed() });
  const home = await unpacked();
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(home, "lib"), FONTCONFIG_PATH: home };
  return chromium.launch({ ...options, executablePath: path.join(home, "chromium"), env });
};
