// Verifies a token per line of standard input, prints a line for each, and fails if one of them is not good:
// node verify.mjs jose|fast-jwt ALGORITHM ISSUER AUDIENCE PUBLIC-KEY-FILE
import { readFileSync } from 'node:fs';

const [library, algorithm, issuer, audience, keyFile] = process.argv.slice(2);
const pem = readFileSync(keyFile, 'utf8');
const tokens = readFileSync(0, 'utf8').split('\n').filter(Boolean);

async function verifier() {
  if (library === 'jose') {
    const { importSPKI, jwtVerify } = await import('jose');
    const key = await importSPKI(pem, algorithm);
    return (token) => jwtVerify(token, key, { algorithms: [algorithm], issuer, audience });
  }
  const { createVerifier } = await import('fast-jwt');
  return createVerifier({ key: pem, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, cache: false });
}

const verify = await verifier();
let bad = 0;
const lines = [];
for (const token of tokens) {
  try {
    await verify(token);
    lines.push('valid');
  } catch {
    bad += 1;
    lines.push('invalid');
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = bad === 0 ? 0 : 1;
