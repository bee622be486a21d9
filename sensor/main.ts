#!/usr/bin/env node
/** Process entry: hands the command line to cli/ and sets the exit status; nothing else. */
import { main } from './cli/index.ts';

process.exitCode = await main(process.argv.slice(2));
