/** A certificate authority for one test, made by openssl: verification stays on everywhere, so tests need a real one. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface ThrowawayCa {
  readonly caFile: string;
  issue(names: readonly string[]): Promise<Issued>;
  remove(): Promise<void>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeThrowawayCa(name = 'cc-ci throw-away authority'): Promise<ThrowawayCa> {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-ca-'));
  const caFile = join(dir, 'ca.crt');
  const caKey = join(dir, 'ca.key');
  const subject = ['-subj', `/O=cc-ci/CN=${name}`, '-days', '2'];
  await execa('openssl', ['req', '-x509', ...KEY, '-keyout', caKey, '-out', caFile, ...subject]);
  let serial = 0;
  return {
    caFile,
    async issue(names) {
      serial += 1;
      const [certFile, keyFile, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((end) =>
        join(dir, `${serial}.${end}`),
      ) as [string, string, string, string];
      await writeFile(extensions, `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}\n`);
      await execa('openssl', [
        'req',
        ...KEY,
        '-keyout',
        keyFile,
        '-out',
        request,
        '-subj',
        `/CN=${names[0]}`,
      ]);
      const signing = ['-CA', caFile, '-CAkey', caKey, '-set_serial', `${Date.now()}${serial}`];
      const about = ['-in', request, '-out', certFile, '-extfile', extensions, '-days', '2'];
      await execa('openssl', ['x509', '-req', ...signing, ...about]);
      const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
      return { certFile, keyFile, cert, key };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
