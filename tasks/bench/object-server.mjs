/** A cache that a team shares, in memory: what was put under a path is got under it. Prints its port. */
import { createServer } from 'node:http';

/** @type {Map<string, Buffer>} */
const kept = new Map();

const server = createServer((request, response) => {
  const { method, url = '' } = request;
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (method === 'PUT') kept.set(url, Buffer.concat(chunks));
    const found = kept.get(url);
    response.writeHead(found === undefined ? 404 : 200).end(method === 'GET' ? found : undefined);
  });
});
server.listen(0, '127.0.0.1', () => console.log(/** @type {import('node:net').AddressInfo} */ (server.address()).port));
