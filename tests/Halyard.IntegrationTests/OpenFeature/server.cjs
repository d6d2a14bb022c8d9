// OpenFeature's SDK for servers, with the provider of the remote evaluation protocol.
'use strict';

module.exports = async ({ load, tell, hear }, task) => {
  const { OpenFeature } = load('@openfeature/server-sdk');
  const { OFREPProvider } = load('@openfeature/ofrep-provider');
  await OpenFeature.setProviderAndWait(new OFREPProvider({
    baseUrl: task.url,
    headers: task.key ? [['Authorization', `Bearer ${task.key}`]] : undefined,
  }));
  const client = OpenFeature.getClient();
  const read = async (context) => ({
    bool: await client.getBooleanDetails('bool', false, context),
    string: await client.getStringDetails('string', 'default', context),
    number: await client.getNumberDetails('number', -1, context),
    object: await client.getObjectDetails('object', {}, context),
    off: await client.getStringDetails('off', 'default', context),
    missing: await client.getBooleanDetails('missing', true, context),
    wrong: await client.getNumberDetails('string', -1, context),
    slashes: await client.getStringDetails('with/slashes and blanks', 'default', context),
  });
  for (const context of task.contexts) {
    tell('read', await read(context));
  }
  await hear();
  tell('read', await read(task.contexts[0]));
  await OpenFeature.close();
};
