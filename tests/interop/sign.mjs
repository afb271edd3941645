// Signs access tokens with npm jose: node sign.mjs ALGORITHM ISSUER AUDIENCE COUNT PUBLIC-KEY-FILE TOKENS-FILE
import { writeFileSync } from 'node:fs';
import { SignJWT, exportSPKI, generateKeyPair } from 'jose';

const [algorithm, issuer, audience, count, keyFile, tokensFile] = process.argv.slice(2);
const { privateKey, publicKey } = await generateKeyPair(algorithm);
writeFileSync(keyFile, await exportSPKI(publicKey));
const tokens = [];
for (let number = 0; number < Number(count); number += 1) {
  const token = new SignJWT({ client_id: 'bench', scope: 'echo:read orders:read' })
    .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: 'bench' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('bench')
    .setJti(`token-${number}`)
    .setIssuedAt()
    .setExpirationTime('1h');
  tokens.push(await token.sign(privateKey));
}
writeFileSync(tokensFile, `${tokens.join('\n')}\n`);
