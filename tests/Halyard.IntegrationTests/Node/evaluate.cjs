// Evaluates flags with the Node SDK, so that its answers can be compared with Halyard's.
//
// Takes one JSON object on standard input:
//   modules   the folder that holds node_modules
//   mode      "streaming" or "polling" (from baseUri), or "daemon" (from Redis alone, no connection to a service)
//   newer     whether streaming and polling are in FDv2; then there is also the mode "standard"
//   baseUri   the service, for streaming and polling
//   sdkKey    the key
//   redis     {port, prefix} of the store to write to (streaming, polling) or read from (daemon); optional but there
//   questions [{flag, context}]
//   until     {flag, context, value}: what must be true before the questions are answered; optional
// Writes the line "ready" once it is initialized, and then one JSON line for each question: {flag, context, value, variationIndex, reason}. Logs go to standard error.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

const ABSENT = { absent: true };

async function main() {
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
  }
  const task = JSON.parse(text);
  const load = createRequire(path.join(task.modules, 'package.json'));
  const sdk = load('@launchdarkly/node-server-sdk');

  const options = {
    sendEvents: false,
    diagnosticOptOut: true,
    logger: sdk.basicLogger({ level: 'warn', destination: (line) => process.stderr.write(line + '\n') }),
  };
  let store;
  if (task.redis) {
    const { RedisFeatureStore } = load('@launchdarkly/node-server-sdk-redis');
    store = RedisFeatureStore({
      redisOpts: { host: '127.0.0.1', port: task.redis.port },
      prefix: task.redis.prefix,
      cacheTTL: 0,
    });
  }
  if (task.mode === 'daemon') {
    options.useLdd = true;
  }
  if (store && !task.newer) {
    options.featureStore = store;
  }
  if (task.newer) {
    const types = { standard: 'standard', streaming: 'streamingOnly', polling: 'pollingOnly' };
    options.dataSystem = { dataSource: { dataSourceOptionsType: types[task.mode] } };
    if (store) {
      options.dataSystem.persistentStore = store;
    }
  }
  if (task.baseUri) {
    options.baseUri = task.baseUri;
    options.streamUri = task.baseUri;
    options.eventsUri = task.baseUri;
    options.stream = task.mode === 'streaming';
  }

  const client = sdk.init(task.sdkKey, options);
  await client.waitForInitialization({ timeout: 20 });
  process.stdout.write('ready\n');
  if (task.until) {
    const deadline = Date.now() + 20000;
    const { flag, context, value } = task.until;
    while (JSON.stringify((await client.variationDetail(flag, context, ABSENT)).value) !== JSON.stringify(value)) {
      if (Date.now() > deadline) {
        throw new Error(`${flag} has not become ${JSON.stringify(value)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  for (const { flag, context } of task.questions) {
    const detail = await client.variationDetail(flag, context, ABSENT);
    const isDefault = detail.variationIndex === undefined || detail.variationIndex === null;
    process.stdout.write(
      JSON.stringify({
        flag,
        context,
        value: isDefault ? null : detail.value,
        variationIndex: isDefault ? null : detail.variationIndex,
        reason: detail.reason,
      }) + '\n',
    );
  }
  client.close();
}

main().then(
  // The Redis client's sockets would keep the process alive.
  () => process.stdout.write('', () => process.exit(0)),
  (error) => {
    process.stderr.write(String(error && error.stack ? error.stack : error) + '\n');
    process.exit(1);
  },
);
