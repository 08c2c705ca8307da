#!/usr/bin/env node
import { runCli } from '../tasks/bootstrap/cli.mjs';

await runCli('mpy-tool');
