// `npm run bench`: speed side by side in one run. Prints ratios; nothing here passes or fails.
import { startNodeWithoutCertificates } from './certificates.mjs';
import { provideDependencies } from './dependencies.mjs';

await provideDependencies();
startNodeWithoutCertificates();
const { bench } = await import('../bench/index.mjs');
await bench(process.argv.slice(2));
