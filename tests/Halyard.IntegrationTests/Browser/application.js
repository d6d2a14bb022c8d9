// The web application of the tests, with the SDKs of browsers that are on the market.
import * as LDClient from 'launchdarkly-js-client-sdk';
import { createClient } from '@launchdarkly/js-client-sdk';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';

const details = (client, task) => Object.fromEntries(task.flags.map((flag) => [flag, client.variationDetail(flag, 'default')]));

/** The SDK up to version 3. */
async function older(task) {
  const client = LDClient.initialize(task.env, task.context, {
    baseUrl: task.url,
    streamUrl: task.url,
    eventsUrl: task.url,
    evaluationReasons: true,
    useReport: task.useReport,
    hash: task.hash,
    flushInterval: 200,
  });
  const failed = new Promise((resolve) => client.on('failed', (error) => resolve(String(error))));
  const ready = client.waitForInitialization(20).then(() => null, (error) => String(error));
  const problem = await Promise.race([failed, ready]);
  if (problem) {
    await window.tell('failed', problem);
    return;
  }
  client.on('change', (changes) => window.tell('changed', Object.fromEntries(Object.entries(changes).map(([flag, change]) => [flag, change.current]))));
  await window.tell('ready', { all: client.allFlags(), details: details(client, task) });
  await window.hear();
  if (task.second) {
    await client.identify(task.second);
    await window.tell('identified', { all: client.allFlags(), details: details(client, task) });
  }
  await client.flush();
  await client.close();
  await window.tell('closed');
}

/** The SDK from version 4 on. */
async function newer(task) {
  const client = createClient(task.env, task.context, {
    baseUri: task.url,
    streamUri: task.url,
    eventsUri: task.url,
    withReasons: true,
    useReport: task.useReport,
    flushInterval: 2,
    streaming: true,
  });
  client.on('change', (_context, keys) => window.tell('changed', Object.fromEntries(keys.map((flag) => [flag, client.variation(flag, null)]))));
  const result = await client.start({ identifyOptions: { hash: task.hash } });
  if (result.status !== 'complete') {
    await window.tell('failed', String(result.error ?? result.status));
    return;
  }
  await window.tell('ready', { all: client.allFlags(), details: details(client, task) });
  await window.hear();
  if (task.second) {
    await client.identify(task.second);
    await window.tell('identified', { all: client.allFlags(), details: details(client, task) });
  }
  await client.flush();
  await client.close();
  await window.tell('closed');
}

/** OpenFeature's SDK for browsers. */
async function openFeature(task) {
  await OpenFeature.setContext(task.context);
  const provider = new OFREPWebProvider({
    baseUrl: task.url,
    pollInterval: 300,
    changeDetection: 'polling',
    cacheMode: 'disabled',
    headers: task.key ? [['Authorization', `Bearer ${task.key}`]] : undefined,
  });
  try {
    await OpenFeature.setProviderAndWait(provider);
  } catch (error) {
    await window.tell('failed', String(error));
    return;
  }
  const client = OpenFeature.getClient();
  const read = () => ({
    bool: client.getBooleanDetails('bool', false),
    string: client.getStringDetails('string', 'default'),
    number: client.getNumberDetails('number', -1),
    object: client.getObjectDetails('object', {}),
    off: client.getStringDetails('off', 'default'),
    missing: client.getBooleanDetails('missing', true),
    wrong: client.getNumberDetails('string', -1),
  });
  client.addHandler(ProviderEvents.ConfigurationChanged, () => window.tell('changed', read()));
  await window.tell('ready', read());
  await window.hear();
  await OpenFeature.setContext(task.second);
  await window.tell('identified', read());
  await OpenFeature.close();
}

window.scenarios = { older, newer, openFeature };
