'use strict';
// Loaded before an app that is started once more: node:cluster gives its workers the ports
// after the primary's for their inspectors, and another program had one of them.
const cluster = require('node:cluster');
if (cluster.isPrimary) cluster.settings.inspectPort = 0;
