// Runs in the page that the bundle makes: the scenario of the task's name.
'use strict';

module.exports = ({ page }, task) => page.evaluate((given) => window.scenarios[given.run](given), task);
