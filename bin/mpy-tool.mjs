#!/usr/bin/env node
import { runCli } from '../tasks/bootstrap/cli.mjs';

runCli('mpy-tool');
