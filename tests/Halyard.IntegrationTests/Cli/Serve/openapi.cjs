// Says whether a document is valid OpenAPI.
'use strict';

const path = require('node:path');
const { pathToFileURL } = require('node:url');

module.exports = async ({ tell }, task) => {
  const file = path.join(task.modules, 'node_modules', '@seriousme', 'openapi-schema-validator', 'index.js');
  const { Validator } = await import(pathToFileURL(file).href);
  const verdict = await new Validator().validate(task.document);
  tell('verdict', { valid: verdict.valid, errors: verdict.errors ?? null });
};
