#!/usr/bin/env node
require('../tasks/bootstrap/natmod.cjs').main(process.argv.slice(2));
