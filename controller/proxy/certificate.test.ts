import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, ensureCertificates } from '../../tests/sandbox/certificates.ts';
import { certificateVersion } from './certificate.ts';

const DAY_MS = 86_400_000;
let dir: string;
let good: Certificates;
let other: Certificates;
let bare: Certificates;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-certificate-'));
  good = await ensureCertificates(join(dir, 'good'), 'ci.test');
  other = await ensureCertificates(join(dir, 'other'), 'ci.example');
  bare = { caFile: '', certFile: join(dir, 'bare.pem'), keyFile: good.keyFile };
  const args = [
    '-key',
    good.keyFile,
    '-subj',
    '/CN=x',
    '-days',
    '9',
    '-addext',
    'subjectAltName=DNS:*.ci.test',
  ];
  execFileSync('openssl', ['req', '-x509', '-new', ...args, '-out', bare.certFile], { stdio: 'pipe' });
  await writeFile(join(dir, 'text.pem'), 'a secret word');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the certificate that is given', () => {
  const versionAt = (files: Pick<Certificates, 'certFile' | 'keyFile'>, days = 0): Promise<string> =>
    certificateVersion(files, { zone: 'ci.test', now: new Date(Date.now() + days * DAY_MS) });

  it('has a version that stays as long as it stays', async () => {
    const version = await versionAt(good);
    expect(version).toMatch(/^c[0-9a-f]{8}$/);
    expect(await versionAt(good)).toBe(version);
  });

  it.each<{
    because: string;
    files: () => Pick<Certificates, 'certFile' | 'keyFile'>;
    days?: number;
    says: RegExp;
  }>([
    { because: 'has expired', files: () => good, days: 31, says: /cert\.pem has expired, on .*Renew it/ },
    { because: 'is not valid yet', files: () => good, days: -2, says: /is not valid before/ },
    {
      because: 'is for another zone',
      files: () => other,
      says: /is for .*ci\.example.* has to be for \*\.ci\.test and ci\.test/,
    },
    { because: 'lacks the bare name', files: () => bare, says: /has to be for \*\.ci\.test and ci\.test/ },
    {
      because: 'has the key of another',
      files: () => ({ certFile: good.certFile, keyFile: other.keyFile }),
      says: /other\/key\.pem is not the key of .*good\/cert\.pem/,
    },
    {
      because: 'is not there',
      files: () => ({ certFile: join(dir, 'nonesuch.pem'), keyFile: good.keyFile }),
      says: /nonesuch\.pem cannot be read .*The operator puts the wildcard certificate/,
    },
    {
      because: 'is no PEM',
      files: () => ({ certFile: good.certFile, keyFile: join(dir, 'text.pem') }),
      says: /^\S+text\.pem is not PEM of the kind that belongs there\.$/,
    },
  ])('is refused where it $because', async ({ files, days, says }) => {
    await expect(versionAt(files(), days)).rejects.toMatchObject({
      name: 'Terminal',
      message: expect.stringMatching(says),
    });
  });
});
