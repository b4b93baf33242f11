// An OpenID provider for tests: says its address in one line, takes clients as JSON, makes JWTs, rotates its key at POST /rotate.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

console.info = console.error; // its notices; standard output is for the address
console.warn = console.error;
const { default: Provider } = await import('oidc-provider');

const clients = JSON.parse(process.argv[2]);
const nonceSecret = randomBytes(32);
const keys = [];
let handle;

function rotate(issuer) {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  keys.unshift({ ...key, kid: randomUUID(), alg: 'ES256', use: 'sig' });
  keys.splice(2); // the last one is still published, for the tokens that it signed
  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
      ...client,
    })),
    jwks: { keys },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret, requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({
          scope: 'pay refund',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  handle = provider.callback();
}

const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/rotate') {
    rotate(`http://127.0.0.1:${server.address().port}`);
    response.writeHead(204).end();
    return;
  }
  handle(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  rotate(issuer);
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume(); // ends with whoever started it
