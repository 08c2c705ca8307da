#!/usr/bin/env node
import { main } from '../tasks/bootstrap/natmod.mjs';

await main(process.argv.slice(2));
