// Says whether a document is valid OpenAPI.
'use strict';

const { pathToFileURL } = require('node:url');

module.exports = async ({ load, tell }, task) => {
  const { Validator } = await import(pathToFileURL(load.resolve('@seriousme/openapi-schema-validator')).href);
  const verdict = await new Validator().validate(task.document);
  tell('verdict', { valid: verdict.valid, errors: verdict.errors ?? null });
};
