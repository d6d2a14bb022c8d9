// Runs a scenario with real clients: in a browser, or in Node alone.
//
// The first line of standard input is one JSON object:
//   modules   the folder that holds node_modules
//   scenario  the file of the scenario, which exports async (tools, task)
//   browser   the browser's program; absent for a scenario without a browser
//   bundle    a module that is bundled and loaded into an empty page of an origin of its own; optional
// What else it holds is the scenario's. Each further line is what the test says: {"name": ...}. What the scenario tells
// is a JSON line {"name", "value"} on standard output. Logs go to standard error.
'use strict';

const http = require('node:http');
const { createRequire } = require('node:module');
const path = require('node:path');
const readline = require('node:readline');

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const task = JSON.parse((await lines.next()).value);
  const load = createRequire(path.join(task.modules, 'package.json'));
  const tell = (name, value) => process.stdout.write(JSON.stringify({ name, value: value === undefined ? null : value }) + '\n');
  const hear = async () => JSON.parse((await lines.next()).value);
  const scenario = require(task.scenario);
  if (!task.browser) {
    await scenario({ load, tell, hear }, task);
    return;
  }

  const { chromium } = load('playwright-core');
  const browser = await chromium.launch({ executablePath: task.browser, args: FLAGS });
  const site = task.bundle ? await serve(await bundle(load, task)) : null;
  try {
    const context = await browser.newContext(task.viewport ? { viewport: task.viewport } : {});
    const page = await context.newPage();
    page.on('console', (message) => process.stderr.write(`[page] ${message.text()}\n`));
    page.on('pageerror', (error) => process.stderr.write(`[page] ${error}\n`));
    await page.exposeFunction('tell', tell);
    await page.exposeFunction('hear', hear);
    if (site) {
      await page.goto(`http://127.0.0.1:${site.address().port}/`);
    }
    await scenario({ load, tell, hear, browser, page }, task);
  } finally {
    await browser.close();
    site?.close();
  }
}

async function bundle(load, task) {
  const result = await load('esbuild').build({
    entryPoints: [task.bundle],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    nodePaths: [path.join(task.modules, 'node_modules')],
  });
  return result.outputFiles[0].text;
}

function serve(script) {
  const server = http.createServer((request, response) => {
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? script : '<!doctype html><title>application</title><script src="/bundle.js"></script>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error && error.stack ? error.stack : error}\n`);
    process.exit(1);
  });
