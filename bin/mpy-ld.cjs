#!/usr/bin/env node
require('../tasks/bootstrap/cli.cjs').runCli('mpy-ld');
