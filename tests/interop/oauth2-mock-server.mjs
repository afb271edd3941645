// oauth2-mock-server on a free port of 127.0.0.1; its authorization endpoint says yes at once. The first line of stdout is the issuer.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
console.log(server.issuer.url);
